/**
 * Variables in config.yaml: what they become, where they may stand, and what faults say of them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { expandText } from "../../../src/config/yaml/expand.ts"
import { entriesOf, faultsOf, namesOf, planOf } from "../../support/configs.ts"

const environment = {
  STAGE: "prod",
  TTL: "90s",
  EMPTY: "",
  TREE: "[a, {b: c}] # d: e\n- f",
  WRONG: "soon s3cr3t",
}

const expanded = (text: string) => expandText(text, (name) => (environment as Record<string, string>)[name])

describe("a variable in config.yaml", () => {
  it.each([
    ["${STAGE}", "prod"],
    ["/shop/${STAGE}/db", "/shop/prod/db"],
    ["${STAGE}${STAGE}", "prodprod"],
    ["${NONE:-dev}", "dev"],
    ["${NONE:-}", ""],
    ["${EMPTY:-dev}", "dev"],
    ["${STAGE:-dev}", "prod"],
    ["${NONE:-a:-b$$c}", "a:-b$c"],
    ["$${STAGE}", "${STAGE}"],
    ["$$$$", "$$"],
    ["$$${STAGE}", "$prod"],
    ["costs $5, $STAGE, $(STAGE)", "costs $5, $STAGE, $(STAGE)"],
    ["${TREE}", environment.TREE],
  ])("is replaced by the variable of the environment, or its default: %s", (text, value) => {
    assert.deepStrictEqual(expanded(text), { text: value })
  })

  it("may stand in any value, in blocks, brackets, quotes and anchors", () => {
    const text = `x-common: &common { ttl: \${TTL}, region: "\${REGION:-eu-west-1}" }
parameters:
  - names: [/shop/\${STAGE}/db, "/shop/\${STAGE}/url", \${NONE:-/a/b}]
    ttl: \${TTL}
  - <<: *common
    names:
      - \${STAGE}
      - '\${STAGE}-two'
dynamodb: [{ table: Orders-\${STAGE}, hashkey: id, hashkeytype: S, hashkeyvalue: \${NONE:-[a, b]} }]
server: { token: \${TOKEN:-required} }
`
    assert.deepStrictEqual(
      entriesOf(text, { environment }).map(({ name, policy }) => [name, policy.ttl]),
      [
        ["/shop/prod/db", 90_000],
        ["/shop/prod/url", 90_000],
        ["/a/b", 90_000],
        ["prod", 90_000],
        ["prod-two", 90_000],
        ["Orders-prod-[a, b]", 3_600_000],
      ],
    )
    assert.isDefined(planOf(text, { environment }).tokens)
  })

  it("cannot change the structure of the file", () => {
    const text = "dynamodb: [{ table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: ${TREE} }]"
    assert.deepStrictEqual(
      entriesOf(text, { environment }).map(({ name }) => name),
      [`Tab-${environment.TREE}`],
    )
  })

  it("is text, even where its value means nothing to YAML", () => {
    const faults = faultsOf("parameters: ${NULL}", { environment: { NULL: "null" } })
    assert.deepStrictEqual(faults, [
      'config.yaml:1:13: parameters: found "${NULL}", whose variables have been replaced; allowed: a list, each item after a dash',
    ])
  })

  it.each([
    [
      "${STAGE}",
      '"${STAGE}", and the variable STAGE is not set; allowed: a variable of the environment, or a default: ${STAGE:-default}',
    ],
    [
      "a${EMPTY}b",
      '"${EMPTY}", and the variable EMPTY is not set; allowed: a variable of the environment, or a default: ${EMPTY:-default}',
    ],
    ["${AWS::Region}", '"${AWS::Region}"; allowed: ${NAME}, ${NAME:-default}, or $$ for a dollar'],
    ["${A-b}", '"${A-b}"; allowed: ${NAME}, ${NAME:-default}, or $$ for a dollar'],
    ["${A", '"${A"; allowed: ${NAME}, ${NAME:-default}, or $$ for a dollar'],
    ["${A:-${B}}", '"${A:-${B}"; allowed: ${NAME}, ${NAME:-default}, or $$ for a dollar'],
    ["${}", '"${}"; allowed: ${NAME}, ${NAME:-default}, or $$ for a dollar'],
  ])("that is not set or not well formed is a fault with its line: %s", (text, words) => {
    const file = `# first\nparameters:\n  - names:\n      - A\n      - ${JSON.stringify(text)}\n    ttl: 5\n`
    assert.deepStrictEqual(faultsOf(file, { environment: { EMPTY: "" } }), [
      `config.yaml:5:9: parameters[0].names[1]: found ${words}`,
      'config.yaml:6:10: parameters[0].ttl: found "5"; allowed: a duration such as 30s, 3m, 1h30m or 300ms (missing unit in duration "5")',
    ])
  })

  it("is never quoted with its value, whatever the fault", () => {
    const text = `parameters: [{ names: ["\${WRONG}"], ttl: \${WRONG}, region: \${WRONG} }]
dynamodb: [{ table: Tab, hashkey: k, hashkeytype: \${WRONG}, hashkeyvalue: 1 }, { table: Tab, hashkey: k, hashkeytype: N, hashkeyvalue: \${WRONG} }]
server: { port: \${WRONG}, token: \${WRONG} }
`
    const faults = faultsOf(text, { environment }).join("\n")
    assert.notInclude(faults, "s3cr3t")
    assert.include(
      faults,
      'parameters[0].ttl: found "${WRONG}", whose variables have been replaced; allowed: a duration such as 30s, 3m, 1h30m or 300ms\n',
    )
    assert.lengthOf(faults.split("\n"), 7)
  })

  it.each(["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CACHE_EXTENSION_TOKEN", "https_proxy"])(
    "that holds a secret is a fault, because names are logged: %s",
    (name) => {
      const secret = { environment: { [name]: "s3cr3t" } }
      assert.deepStrictEqual(faultsOf(`parameters: [{ names: [\${${name}}] }]`, secret), [
        `config.yaml:1:24: parameters[0].names[0]: found "\${${name}}"; allowed: a variable that holds no secret: what this file says is logged`,
      ])
    },
  )

  it("moves no line and no column of another fault, and syntax faults quote the file as written", () => {
    assert.deepStrictEqual(faultsOf("parameters: [{ names: [${STAGE}, 'A'], ttl: 5 }]", { environment }), [
      'config.yaml:1:45: parameters[0].ttl: found "5"; allowed: a duration such as 30s, 3m, 1h30m or 300ms (missing unit in duration "5")',
    ])
    const [fault] = faultsOf("parameters: [{ names: [${STAGE} }", { environment })
    assert.include(fault, "[${STAGE} }")
  })

  it("names keys no more than other texts do: keys are not replaced", () => {
    assert.include(faultsOf("${STAGE}: [A]", { environment })[0], "found an unknown key")
  })

  it("of another template is read as written, with a warning", () => {
    const text = "dynamodb: [{ table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: '{{STAGE}}-$${STAGE}' }]"
    assert.deepStrictEqual(namesOf(text), ["Tab-{{STAGE}}-${STAGE}"])
    assert.match(planOf(text).warnings[0] ?? "", /"\{\{STAGE\}\}-\$\$\{STAGE\}" is read as written/)
  })

  it.prop("leaves a text without a dollar alone", { text: Schema.String }, ({ text }) => {
    const plain = text.replaceAll("$", "")
    assert.deepStrictEqual(expanded(plain), { text: plain })
    assert.deepStrictEqual(expanded(text.replaceAll("$", "$$$$")), { text })
  })
})

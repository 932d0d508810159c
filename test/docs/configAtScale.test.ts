/**
 * docs/config-at-scale.md: its examples are valid, and its messages are the extension's own.
 */
import { assert, describe, it } from "@effect/vitest"
import { entriesOf, faultsOf, planOf } from "../support/configs.ts"
import { blocksOf, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/config-at-scale.md")
const EXAMPLES = blocksOf(PAGE, "yaml")

describe("docs/config-at-scale.md", () => {
  it("has an example with variables that lists what they say", () => {
    const [variables = ""] = EXAMPLES
    assert.deepStrictEqual(
      entriesOf(variables, { environment: { STAGE: "prod" } }).map(({ name }) => name),
      ["/shop/prod/db-url", "/shop/prod/level", "Orders-prod-main"],
    )
    const [fault] = faultsOf(variables)
    assert.include(PAGE, fault ?? "no fault")
  })

  it("says what each form becomes", () => {
    const rows = tablesOf(PAGE, "written", "becomes")
    assert.deepStrictEqual(
      rows.map(([written = ""]) => written),
      ["${NAME}", "${NAME:-default}", "$$"],
    )
    const text =
      "dynamodb: [{ table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: '${NAME} ${NONE:-default} $${NAME}' }]"
    const [entry] = entriesOf(text, { environment: { NAME: "value" } })
    assert.strictEqual(entry?.name, "Tab-value default ${NAME}")
  })

  it("has the file for a variable as the AWS CLI is given it", () => {
    const [command = ""] = blocksOf(PAGE, "sh")
    const json = /--environment '(.*)'$/s.exec(command.trim())?.[1] ?? ""
    const { Variables } = JSON.parse(json) as { readonly Variables: Readonly<Record<string, string>> }
    const plan = planOf(Variables["CACHE_EXTENSION_CONFIG_YAML"] ?? "", { environment: Variables })
    assert.deepStrictEqual(Array.from(plan.entries.keys()), ["parameters:/shop/prod/db-url"])
  })

  it("has patterns that are valid", () => {
    const plan = planOf(EXAMPLES.find((example) => example.includes("on_demand")) ?? "")
    assert.isDefined(plan.find("parameters", "/shop/prod/db"))
    assert.isUndefined(plan.find("parameters", "/shop/test/db"))
  })
})

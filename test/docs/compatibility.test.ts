/**
 * docs/compatibility.md against the code: every variable of the other extension that is read is there, every example
 * is accepted, every wrong one is refused in the words that the page shows; so are the configuration, the routes and bounds.
 */
import { assert, describe, it } from "@effect/vitest"
import { readParametersAndSecrets } from "../../src/config/environment/parametersAndSecrets.ts"
import { MAX_REQUESTED_ROLES } from "../../src/domain/defaults.ts"
import { ROUTES } from "../../src/http/compatible/parametersAndSecrets.ts"
import { PATH_PREFIX, PING_PATH, SECRET_PATH } from "../../src/http/compatible/workloadCredentials.ts"
import { ORIGINAL_CONFIG, planOf } from "../support/configs.ts"
import { blocksOf, codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/compatibility.md")

const variables = tablesOf(PAGE, "variable", "value", "default", "example", "wrong", "message").map(
  ([name = "", , , example = "", wrong = "", message = ""]) => ({ name, example, message, wrong }),
)

describe("docs/compatibility.md", () => {
  it.each(variables)("is right about the variable $name", ({ example, message, name, wrong }) => {
    assert.isUndefined(readParametersAndSecrets({ [name]: example }).invalid)
    const said = readParametersAndSecrets({ [name]: wrong }).invalid?.message
    assert.strictEqual(said, `environment: ${name}: ${message}`)
  })

  it("has every variable that is read, and no other", () => {
    const read = new Set<string>()
    const env = new Proxy({}, { get: (_, name) => (read.add(String(name)), undefined) })
    readParametersAndSecrets(env)
    assert.sameMembers(
      variables.map(({ name }) => name),
      Array.from(read).filter((name) => name !== "CACHE_EXTENSION_LOG_LEVEL"),
    )
  })

  it("shows the lines of config.yaml that are needed", () => {
    const [, forExtension = "", forProvider = ""] = blocksOf(PAGE, "yaml")
    assert.isTrue(planOf(forExtension).parametersAndSecrets)
    assert.isTrue(planOf(forProvider).workloadCredentials)
    assert.deepInclude(planOf(""), { parametersAndSecrets: false, workloadCredentials: false })
  })

  it("shows config.yaml as the Go sample had it, and it is accepted", () => {
    const [original = ""] = blocksOf(PAGE, "yaml")
    const withoutComments = (yaml: string) => yaml.replace(/ +#.*$/gm, "")
    assert.strictEqual(withoutComments(original), withoutComments(ORIGINAL_CONFIG))
    assert.strictEqual(planOf(original).entries.size, 3)
  })

  it("has how many roles may be asked for", () => {
    assert.strictEqual(MAX_REQUESTED_ROLES, 20)
    assert.include(PAGE, "the 21st role")
  })

  it("has the routes", () => {
    const targets = codesIn(PAGE).flatMap((code) => /^GET ([^?<]+)/.exec(code)?.[1] ?? [])
    assert.sameMembers(Array.from(new Set(targets)), [...Object.keys(ROUTES), PATH_PREFIX, PING_PATH])
    assert.include(Object.keys(ROUTES), SECRET_PATH)
  })
})

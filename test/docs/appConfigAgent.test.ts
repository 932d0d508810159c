/**
 * docs/appconfig-agent.md against the code: every variable of the agent that is read is there, every example is accepted, every
 * wrong one is refused in the words that the page shows; so are the refused variables, the configuration, the path, statuses.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseSeed } from "../../cli/seed/seedFile.ts"
import { readAppConfigAgent, REFUSED } from "../../src/config/environment/appConfigAgent.ts"
import { parse } from "../../src/kinds/appconfig/variants/flags.ts"
import { AGENT_PATH } from "../../src/kinds/appconfig/agentPath.ts"
import { planOf } from "../support/configs.ts"
import { POLICY } from "../support/entries.ts"
import { blocksOf, codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/appconfig-agent.md")

const read = (env: Readonly<Record<string, string | undefined>>) =>
  readAppConfigAgent(env, { region: "us-west-2", ttl: undefined, entries: new Map(), defaultPolicy: POLICY })

const variables = tablesOf(PAGE, "variable", "value", "default", "example", "wrong", "message").map(
  ([name = "", , , example = "", wrong = "", message = ""]) => ({ name, example, message, wrong }),
)
const refused = tablesOf(PAGE, "variable", "instead").flatMap(([cell = ""]) => cell.split(", "))

describe("docs/appconfig-agent.md", () => {
  it.each(variables)("is right about the variable $name", ({ example, message, name, wrong }) => {
    assert.isUndefined(read({ [name]: example }).invalid)
    assert.strictEqual(read({ [name]: wrong }).invalid?.message, `environment: ${name}: ${message}`)
  })

  it("has every variable that is read, and no other", () => {
    const seen = new Set<string>()
    const env = new Proxy({}, { get: (_, name) => (seen.add(String(name)), undefined) })
    read(env)
    assert.sameMembers(
      [...variables.map(({ name }) => name), ...refused.map((name) => name.replaceAll("`", ""))],
      Array.from(seen).filter((name) => name !== "CACHE_EXTENSION_LOG_LEVEL"),
    )
    assert.lengthOf(refused, Object.keys(REFUSED).length)
  })

  it("shows the lines of config.yaml that are needed, and the path that is served", () => {
    const [config = ""] = blocksOf(PAGE, "yaml")
    assert.isTrue(planOf(config).offersAppConfigAgent)
    assert.isFalse(planOf("").offersAppConfigAgent)
    assert.include(codesIn(PAGE), `GET ${AGENT_PATH}`)
  })

  it("shows a seed file whose flag with variants is evaluated", () => {
    const [, seed = ""] = blocksOf(PAGE, "yaml")
    const [{ content } = {}] = Result.getOrThrow(parseSeed("seed.yaml", seed)).appconfig ?? []
    const flags = Result.getOrThrow(parse(content ?? ""))
    const [beta, other] = ["userId=beta-7", "userId=7"].map((context) =>
      JSON.parse(Result.getOrThrow(flags.select("colorway", context)) ?? "null"),
    )
    assert.deepStrictEqual([beta._variant, other._variant], ["BetaTesters", "default"])
  })
})

/**
 * docs/defaults.md against the code: every key that a fleet can set is in its table with the default of `domain/defaults.ts`, and
 * every snippet sets the same defaults, which the extension accepts.
 */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { parse } from "yaml"
import { CommonFrame } from "../../src/config/configFields.ts"
import type { Field } from "../../src/config/fields/Field.ts"
import * as GoDuration from "../../src/config/go/GoDuration.ts"
import { decodeSettings } from "../../src/config/Settings.ts"
import * as defaults from "../../src/domain/defaults.ts"
import { planOf } from "../support/configs.ts"
import { blocksOf, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/defaults.md")
const ROWS = tablesOf(PAGE, "key", "default", "AWS's extension", "why")

/** The keys below a field, as in `cache.ttl`. */
const keysOf = (field: Field, place: ReadonlyArray<string> = []): ReadonlyArray<string> =>
  field.type === "mapping"
    ? Object.entries(field.keys).flatMap(([key, one]) =>
        keysOf(one.type === "optional" ? one.field : one, [...place, key]),
      )
    : [place.join(".")]

/** Durations in milliseconds. */
const DEFAULTS: Readonly<Record<string, number | string>> = {
  "cache.ttl": defaults.DEFAULT_TTL,
  "cache.stale_while_revalidate": defaults.DEFAULT_STALE_WHILE_REVALIDATE,
  "cache.stale_if_error": defaults.DEFAULT_STALE_IF_ERROR,
  "cache.stale_if_denied": defaults.DEFAULT_STALE_IF_DENIED,
  "cache.negative_ttl": defaults.DEFAULT_NEGATIVE_TTL,
  "cache.numbers": defaults.DEFAULT_NUMBERS,
  "cache.max_entries": defaults.DEFAULT_MAX_ENTRIES,
  "cache.max_bytes": "by the function's memory",
  "cache.read_budget": defaults.READ_BUDGET,
  "cache.load_budget": defaults.LOAD_BUDGET,
  "cache.forced_refresh_interval": defaults.DEFAULT_FORCED_REFRESH_INTERVAL,
  "cache.idle_refresh_limit": `${["", "one", "two", "three"][defaults.IDLE_TTLS]} ttls`,
  "server.port": defaults.DEFAULT_PORT,
  "server.token": defaults.DEFAULT_TOKEN,
  "server.max_concurrent_requests": defaults.DEFAULT_MAX_CONCURRENT_REQUESTS,
  on_demand: defaults.DEFAULT_ON_DEMAND,
  regions: "none",
  "metrics.emf_every": "never",
  "metrics.emf_namespace": defaults.DEFAULT_EMF_NAMESPACE,
  "tracing.endpoint": "nowhere",
  "compatibility.parameters_and_secrets": defaults.DEFAULT_PARAMETERS_AND_SECRETS,
  "compatibility.workload_credentials": defaults.DEFAULT_WORKLOAD_CREDENTIALS,
  "compatibility.appconfig_agent": defaults.DEFAULT_APPCONFIG_AGENT,
}

/** A cell as the table above has it: a number, a duration in milliseconds, or a text. */
const valueOf = (cell: string): number | string => {
  if (/^\d+$/.test(cell)) return Number(cell)
  return Result.getOrElse(GoDuration.parse(cell), () => cell)
}

describe("the table of docs/defaults.md", () => {
  it("has every key that is not a section, with the default of the code", () => {
    assert.sameMembers(
      ROWS.map(([key = ""]) => key),
      // docs/shared-engines.md has the defaults of the shared tier.
      [...keysOf(CommonFrame)].filter((key) => key !== "shared"),
    )
    assert.deepStrictEqual(
      Object.fromEntries(ROWS.map(([key = "", cell = ""]) => [key, valueOf(cell)])),
      DEFAULTS,
    )
  })

  it("has the defaults of docs/configuration.md", () => {
    const header = ["type", "default", "example", "wrong", "message"]
    const documented = tablesOf(textOf("docs/configuration.md"), "key", ...header)
    const defaultOf = (key: string) =>
      documented.find(([name]) => name === key || `cache.${name}` === key)?.[2] ?? "not there"
    const others = ROWS.filter(([key = "", cell = ""]) => defaultOf(key) !== cell)
    // Described there at length.
    assert.deepStrictEqual(
      others.map(([key]) => key),
      ["cache.max_bytes"],
    )
  })

  it("has the defaults of the AWS Parameters and Secrets extension", () => {
    const theirs = new Map(ROWS.map(([key, , cell]) => [key, cell]))
    assert.include(theirs.get("cache.ttl"), `${defaults.DEFAULT_COMPATIBLE_TTL / 1_000} s`)
    assert.strictEqual(theirs.get("server.port"), String(defaults.DEFAULT_COMPATIBLE_PORT))
    assert.strictEqual(
      theirs.get("cache.max_entries"),
      defaults.DEFAULT_COMPATIBLE_CACHE_SIZE.toLocaleString("en-US"),
    )
  })
})

describe("the snippets of docs/defaults.md", () => {
  const [json = ""] = blocksOf(PAGE, "json")
  const expected = JSON.parse(json) as unknown
  const VARIABLE = "CACHE_EXTENSION_DEFAULTS"

  it("are accepted, and hold for every function without a config.yaml of its own", () => {
    const { common } = Result.getOrThrow(decodeSettings({ [VARIABLE]: json.trim() }))
    const tokens = { fixed: [Redacted.make("a token")], file: undefined }
    const plan = planOf("", { common, tokens })
    assert.strictEqual(plan.defaultPolicy.ttl, 15 * 60_000)
    assert.strictEqual(plan.defaultPolicy.staleWhileRevalidate, 60_000)
    assert.strictEqual(plan.emf?.every, 10)
    assert.strictEqual(plan.tokens, tokens)
  })

  it("set the same defaults by SAM, CDK and Terraform", () => {
    const template = parse(blocksOf(PAGE, "yaml").join("")) as {
      readonly Globals: {
        readonly Function: { readonly Environment: { readonly Variables: Record<string, string> } }
      }
    }
    const { Variables } = template.Globals.Function.Environment
    assert.deepStrictEqual(JSON.parse(Variables[VARIABLE] ?? ""), expected)
    assert.isTrue(Result.isSuccess(decodeSettings(Variables)))
    // Both languages write objects as YAML's flow mappings, but for the equals sign.
    const [, cdk = ""] = /JSON\.stringify\((.*)\)$/m.exec(blocksOf(PAGE, "js").join("")) ?? []
    assert.deepStrictEqual(parse(cdk), expected)
    const [, terraform = ""] = /jsonencode\((.*)\)$/m.exec(blocksOf(PAGE, "hcl").join("")) ?? []
    assert.deepStrictEqual(parse(terraform.replaceAll(" = ", ": ")), expected)
    for (const language of ["js", "hcl"]) assert.include(blocksOf(PAGE, language).join(""), VARIABLE)
  })
})

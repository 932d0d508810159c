/**
 * CACHE_EXTENSION_DEFAULTS: what a fleet of functions has in common. config.yaml overrides it key by key, and its faults are
 * reported like those of the file.
 */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { decodeSettings } from "../../src/config/Settings.ts"
import { entriesOf, planOf } from "../support/configs.ts"

const MINUTE = 60_000

const settingsOf = (value: unknown) =>
  decodeSettings({ CACHE_EXTENSION_DEFAULTS: typeof value === "string" ? value : JSON.stringify(value) })

const commonOf = (value: unknown) => Result.getOrThrow(settingsOf(value)).common

const faultsOf = (value: unknown): ReadonlyArray<string> =>
  Result.match(settingsOf(value), {
    onSuccess: () => ["accepted"],
    onFailure: ({ message }) => message.split("\n"),
  })

describe("CACHE_EXTENSION_DEFAULTS", () => {
  it("holds for every key that config.yaml does not have", () => {
    const common = commonOf({
      cache: { ttl: "15m", stale_if_error: "1h", max_entries: 50, numbers: "string" },
      server: { port: 4711, max_concurrent_requests: 7 },
      metrics: { emf_every: 10 },
      tracing: { endpoint: "http://127.0.0.1:4318" },
      compatibility: { parameters_and_secrets: "on" },
      on_demand: "allow",
      regions: ["us-east-1"],
    })
    const plan = planOf("parameters:\n  - names: [A]\n", { common })
    assert.deepInclude(plan.defaultPolicy, { ttl: 15 * MINUTE, staleIfError: 60 * MINUTE })
    assert.deepInclude(plan.limits, { maxEntries: 50 })
    assert.deepInclude(plan, {
      port: 4711,
      onDemand: "allow",
      otlpEndpoint: "http://127.0.0.1:4318",
      parametersAndSecrets: true,
    })
    assert.strictEqual(plan.emf?.every, 10)
    const item = "dynamodb:\n  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: a }\n"
    assert.deepInclude(entriesOf(item, { common })[0]?.address, { numbers: "string" })
  })

  it("is overridden by config.yaml key by key, by a section's item, and by CACHE_EXTENSION_TTL", () => {
    const common = commonOf({
      cache: { ttl: "15m", negative_ttl: "9s" },
      on_demand: "allow",
      regions: ["us-east-1"],
    })
    const file =
      "cache:\n  ttl: 2m\non_demand: deny\nparameters:\n  - names: [A]\n  - { names: [B], ttl: 1m }\n"
    const policies = (ttl: number | undefined) => entriesOf(file, { common, ttl }).map(({ policy }) => policy)
    assert.deepStrictEqual(
      policies(undefined).map(({ negativeTtl, ttl }) => [ttl, negativeTtl]),
      [
        [2 * MINUTE, 9_000],
        [MINUTE, 9_000],
      ],
    )
    assert.deepStrictEqual(
      policies(1_000).map(({ ttl }) => ttl),
      [1_000, 1_000],
    )
    assert.strictEqual(planOf(file, { common }).onDemand, "deny")
  })

  it("can require the token, and a file can still decide otherwise", () => {
    const common = commonOf({ server: { token: "required" } })
    const tokens = { fixed: [Redacted.make("a token")], file: undefined }
    const secrets = "secrets:\n  - names: [db]\n"
    assert.deepStrictEqual(planOf(secrets, { common, tokens }).tokens, tokens)
    assert.isUndefined(planOf(`${secrets}server: { token: off }\n`, { common, tokens }).tokens)
    // No warning that the token is not mentioned.
    assert.deepStrictEqual(planOf(secrets, { common, tokens }).warnings, [])
    assert.lengthOf(planOf(secrets, { tokens }).warnings, 1)
  })

  it("changes nothing if it is unset or empty", () => {
    assert.isUndefined(Result.getOrThrow(settingsOf("")).common)
    const {
      entryFor: _a,
      find: _b,
      findPath: _c,
      regionFault: _d,
      ...plan
    } = planOf("", { common: commonOf({}) })
    assert.deepInclude(planOf(""), plan)
  })

  it.each<readonly [string, unknown, ReadonlyArray<string>]>([
    [
      "text that is no JSON",
      "token: required",
      [
        'CACHE_EXTENSION_DEFAULTS: found "token: required"; allowed: a JSON object with keys of config.yaml such as {"server":{"token":"required"}}',
      ],
    ],
    [
      "a list",
      [],
      [
        'CACHE_EXTENSION_DEFAULTS: found a list; allowed: a JSON object with keys of config.yaml such as {"server":{"token":"required"}}',
      ],
    ],
    [
      "several wrong keys and values, all at once",
      { cache: { tll: "1m", ttl: 60 }, server: { token: true } },
      [
        'CACHE_EXTENSION_DEFAULTS: cache.tll: found an unknown key (did you mean "ttl"?); allowed: ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, numbers, max_entries, max_bytes, read_budget, load_budget, forced_refresh_interval, idle_refresh_limit',
        'CACHE_EXTENSION_DEFAULTS: cache.ttl: found "60"; allowed: a duration such as 30s, 3m, 1h30m or 300ms (missing unit in duration "60")',
        'CACHE_EXTENSION_DEFAULTS: server.token: found "true"; allowed: off, required',
      ],
    ],
    [
      "a section, which belongs to the function",
      { parameters: [{ names: ["A"] }] },
      [
        "CACHE_EXTENSION_DEFAULTS: parameters: found an unknown key; allowed: cache, on_demand, regions, server, metrics, tracing, compatibility, shared",
      ],
    ],
  ])("is refused for %s", (_, value, faults) => {
    assert.deepStrictEqual(
      faultsOf(value),
      faults.map((fault) => `environment: ${fault}`),
    )
  })
})

/**
 * What wins where config.yaml says something more than once, or not at all: names listed twice, the token for secrets, and
 * the policy of an entry.
 */
import { assert, describe, it } from "@effect/vitest"
import { entriesOf, planOf } from "../support/configs.ts"

const HOUR = 3_600_000
const MINUTE = 60_000

/** What a file that lists secrets is told if it says nothing of the token. */
const UNDECIDED =
  "config.yaml: secrets are listed, and any request from this machine may read them; " +
  "set server.token to required, so that requests must carry the function's AWS_SESSION_TOKEN, or to off if this is intended"

describe("a name listed twice", () => {
  it("counts once, and is reported with both places", () => {
    const plan = planOf("parameters:\n  - names:\n      - A\n      - A\n      - B\n")
    assert.deepStrictEqual(Array.from(plan.entries.keys()), ["parameters:A", "parameters:B"])
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:4:9: parameters[0].names[1]: "A" is skipped, as line 3 lists this name already',
    ])
  })

  it("keeps the first region, as in the original", () => {
    const plan = planOf(
      "parameters:\n  - {region: us-west-2, names: [A]}\n  - {region: us-east-1, names: [A]}\n",
    )
    assert.strictEqual(plan.entries.get("parameters:A")?.address.region, "us-west-2")
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:3:33: parameters[1].names[0]: "A" is skipped, as line 2 lists this name already for something else',
    ])
  })

  it("is noticed among secrets", () => {
    const plan = planOf(
      "secrets:\n  - names: [A]\n  - {names: [A], version_stage: AWSPENDING}\nserver: {token: off}\n",
    )
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:3:14: secrets[1].names[0]: "A" is skipped, as line 2 lists this name already for something else',
    ])
  })

  it("is noticed among items, also where two keys make one name", () => {
    const item = (table: string, hash: string, sort: string) =>
      `  - {table: ${table}, hashkey: h, hashkeytype: S, hashkeyvalue: ${hash}, sortkey: s, sortkeytype: S, sortkeyvalue: ${sort}}\n`
    const plan = planOf(
      `dynamodb:\n${item("Tab", "a-b", "c")}${item("Tab", "a", "b-c")}${item("Tab", "a-b", "c")}`,
    )
    assert.strictEqual(plan.entries.size, 1)
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:3:5: dynamodb[1]: "Tab-a-b-c" is skipped, as line 2 lists this name already for something else',
      'config.yaml:4:5: dynamodb[2]: "Tab-a-b-c" is skipped, as line 2 lists this name already',
    ])
  })

  it("is no matter in sections of different kinds", () => {
    const plan = planOf("parameters: [{names: [A]}]\nsecrets: [{names: [A]}]\nserver: {token: off}")
    assert.deepStrictEqual(Array.from(plan.entries.keys()), ["parameters:A", "secrets:A"])
    assert.deepStrictEqual(plan.warnings, [])
  })
})

describe("secrets that are listed without a word about the token", () => {
  const REFERENCE = "parameters: [{names: [/aws/reference/secretsmanager/s]}]"

  it.each(["secrets: [{names: [s]}]", REFERENCE, `${REFERENCE}\nserver: {port: 4001}`])(
    "are warned of, once: %s",
    (text) => {
      assert.deepStrictEqual(planOf(text).warnings, [UNDECIDED])
    },
  )

  it.each(["", "parameters: [{names: [s]}]", "server: {port: 4001}"])("are not warned of in %j", (text) => {
    assert.deepStrictEqual(planOf(text).warnings, [])
  })

  it.each(["off", "required"])("are not warned of where somebody has decided: %s", (token) => {
    const text = `secrets: [{names: [s]}]\nserver: {token: ${token}}`
    assert.deepStrictEqual(planOf(text).warnings, [])
  })
})

describe("the policy of an entry", () => {
  const text = `
parameters:
  - {names: [A], ttl: 10s, stale_if_error: 1s}
  - {names: [B]}
cache: {ttl: 20s, stale_while_revalidate: 2s, negative_ttl: 3s}
`
  const policies = (ttl?: number) => entriesOf(text, { ttl }).map(({ policy }) => policy)

  it("is the section's, then the cache's, then the default", () => {
    assert.deepStrictEqual(policies(), [
      {
        ttl: 10_000,
        staleWhileRevalidate: 2_000,
        staleIfError: 1_000,
        staleIfDenied: 5 * MINUTE,
        negativeTtl: 3_000,
      },
      {
        ttl: 20_000,
        staleWhileRevalidate: 2_000,
        staleIfError: 24 * HOUR,
        staleIfDenied: 5 * MINUTE,
        negativeTtl: 3_000,
      },
    ])
  })

  it.each([7_000, 0, -1_000])("has the ttl of CACHE_EXTENSION_TTL before all others: %d ms", (ttl) => {
    assert.deepStrictEqual(
      policies(ttl).map((policy) => policy.ttl),
      [ttl, ttl],
    )
    assert.strictEqual(planOf(text, { ttl }).defaultPolicy.ttl, ttl)
  })

  it("holds for names that are not listed as the cache says", () => {
    assert.deepStrictEqual(planOf(text).defaultPolicy, {
      ttl: 20_000,
      staleWhileRevalidate: 2_000,
      staleIfError: 24 * HOUR,
      staleIfDenied: 5 * MINUTE,
      negativeTtl: 3_000,
    })
  })
})

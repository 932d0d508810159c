/**
 * The variables of AWS's AppConfig agent: what they mean here, what holds where they say nothing, which of them cannot be
 * followed, and that they have a say only where its routes are asked for.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { readAppConfigAgent, REFUSED } from "../../../src/config/environment/appConfigAgent.ts"
import { Plan } from "../../../src/config/Plan.ts"
import { type Entry, entryKey } from "../../../src/domain/Entry.ts"
import { parseAgentPath } from "../../../src/kinds/appconfig/agentPath.ts"
import { Result } from "effect"
import { POLICY, SECOND } from "../../support/entries.ts"

const REGION = "us-west-2"
const PREFIX = "AWS_APPCONFIG_EXTENSION_"
const ROLE = "arn:aws:iam::123456789012:role/reader"

const FLAGS = { application: "shop", environment: "prod", profile: "flags" }
const LISTED: Entry = {
  key: entryKey("appconfig", "shop/prod/listed"),
  name: "shop/prod/listed",
  address: { kind: "appconfig", region: "eu-west-1", ...FLAGS, profile: "listed" },
  policy: POLICY,
}

const read = (env: Readonly<Record<string, string>>, more: { readonly ttl?: number } = {}) =>
  readAppConfigAgent(Object.fromEntries(Object.entries(env).map(([name, value]) => [PREFIX + name, value])), {
    region: REGION,
    ttl: more.ttl,
    entries: new Map([[LISTED.key, LISTED]]),
    defaultPolicy: POLICY,
  })

const agentOf = (...given: Parameters<typeof read>) => {
  const { agent, invalid } = read(...given)
  return agent ?? assert.fail(invalid?.message)
}

const entryOf = (...given: Parameters<typeof read>) => agentOf(...given).entryAt(FLAGS)

const pathOf = (application: string, environment: string, profile: string) =>
  `/applications/${encodeURIComponent(application)}/environments/${encodeURIComponent(environment)}/configurations/${encodeURIComponent(profile)}`

describe("the variables of AWS's AppConfig agent", () => {
  it("have the agent's defaults: its port, a poll each 45 s, 3 s for AppConfig's answer", () => {
    const { port, prefetched } = agentOf({})
    assert.deepStrictEqual([port, prefetched], [2_772, []])
    assert.deepStrictEqual(entryOf({}), {
      key: entryKey("appconfig", "shop/prod/flags"),
      name: "shop/prod/flags",
      address: { kind: "appconfig", region: REGION, ...FLAGS },
      policy: { ...POLICY, ttl: 45 * SECOND },
      readBudget: 3_000,
    })
  })

  it.each([
    ["30", 30],
    ["90s", 90],
    ["2m", 120],
    ["1h", 3_600],
  ])("POLL_INTERVAL_SECONDS of %s keeps a configuration fresh for %i s", (text, seconds) => {
    assert.strictEqual(entryOf({ POLL_INTERVAL_SECONDS: text }, { ttl: 1 }).policy.ttl, seconds * SECOND)
  })

  it("leave the interval to CACHE_EXTENSION_TTL where the agent's is not set", () => {
    assert.strictEqual(entryOf({}, { ttl: 7 }).policy.ttl, 7)
  })

  it("POLL_TIMEOUT_MILLIS is how long a read waits for AppConfig", () => {
    assert.strictEqual(entryOf({ POLL_TIMEOUT_MILLIS: "250" }).readBudget, 250)
  })

  it("SERVICE_REGION and ROLE_ARN say where and as whom to read what config.yaml does not list", () => {
    const elsewhere = entryOf({ SERVICE_REGION: "eu-central-1", ROLE_ARN: ROLE })
    assert.deepStrictEqual(elsewhere.address, {
      kind: "appconfig",
      region: "eu-central-1",
      roleArn: ROLE,
      ...FLAGS,
    })
    assert.notStrictEqual(elsewhere.key, entryOf({}).key, "or it would be served on the other port")
    assert.strictEqual(entryOf({ SERVICE_REGION: REGION }).key, entryOf({}).key)
  })

  it("say nothing about a configuration that config.yaml lists", () => {
    const { entryAt } = agentOf({ POLL_INTERVAL_SECONDS: "30", ROLE_ARN: ROLE })
    assert.strictEqual(entryAt({ ...FLAGS, profile: "listed" }), LISTED)
  })

  it("PREFETCH_LIST has paths with commas between, each once, of listed configurations too", () => {
    const paths = [
      pathOf("shop", "prod", "flags"),
      pathOf("shop", "prod", "listed"),
      pathOf("a b", "é", "c/d"),
    ]
    const { prefetched } = agentOf({ PREFETCH_LIST: ` ${[...paths, paths[0]].join(" , ")},` })
    assert.deepStrictEqual(
      prefetched.map(({ name }) => name),
      ["shop/prod/flags", "shop/prod/listed", "a b/é/c/d"],
    )
    assert.strictEqual(prefetched[1], LISTED)
  })

  it("keep configurations apart whose names differ only in where the slashes are", () => {
    const { entryAt } = agentOf({})
    const places = [
      { application: "a/b", environment: "c", profile: "d" },
      { application: "a", environment: "b/c", profile: "d" },
      { application: "a", environment: "b", profile: "c/d" },
    ]
    assert.strictEqual(new Set(places.map((place) => entryAt(place).key)).size, places.length)
  })

  it.each([
    ["trace", "debug"],
    ["DEBUG", "debug"],
    ["warn", "warn"],
    ["fatal", "error"],
    ["none", "none"],
  ])("LOG_LEVEL of %s is our level %s", (level, own) => {
    assert.strictEqual(agentOf({ LOG_LEVEL: level }).logLevel, own)
  })

  it.each(Object.keys(REFUSED))(
    "%s is refused, without its value and with what to use instead",
    (variable) => {
      const name = variable.slice(PREFIX.length)
      const { agent, invalid } = read({ [name]: "secret-value" })
      assert.isUndefined(agent)
      assert.strictEqual(
        invalid?.message,
        `environment: ${variable}: found a value; allowed: ${REFUSED[variable]}`,
      )
    },
  )

  it("report all that is wrong at once", () => {
    const wrong = {
      HTTP_PORT: "x",
      POLL_INTERVAL_SECONDS: "0",
      PREFETCH_LIST: "/a",
      ROLE_ARN: "me",
      MANIFEST: "m",
    }
    const faults = read(wrong).invalid?.faults.map(({ key }) => key.slice(PREFIX.length))
    assert.sameMembers(faults ?? [], Object.keys(wrong))
  })

  it("need a region", () => {
    const context = { region: undefined, ttl: undefined, entries: new Map(), defaultPolicy: POLICY }
    assert.match(
      String(readAppConfigAgent({}, context).invalid?.message),
      /SERVICE_REGION: found nothing, and AWS_REGION is not set; allowed: a region such as/,
    )
  })

  const planWith = (config: string) =>
    Effect.provide(
      Plan,
      Plan.layerFrom(
        { AWS_REGION: REGION, AWS_APPCONFIG_EXTENSION_HTTP_PORT: "none" },
        Effect.succeed({ _tag: "Bytes", bytes: Buffer.from(config) }),
      ),
    )

  it.effect("count only where config.yaml asks for the agent's routes", () =>
    Effect.gen(function* () {
      const { appConfigAgent, offersAppConfigAgent } = yield* planWith("")
      assert.deepStrictEqual([appConfigAgent, offersAppConfigAgent], [undefined, false])
      const fault = yield* Effect.flip(planWith("compatibility: { appconfig_agent: on }"))
      assert.match(fault.message, /AWS_APPCONFIG_EXTENSION_HTTP_PORT: found "none"; allowed: a port number/)
    }),
  )
})

describe("a path of the agent", () => {
  const Part = Schema.NonEmptyString.check(Schema.isMaxLength(20))

  it.prop(
    "gives back any three names that a client encodes",
    [Part, Part, Part],
    ([application, environment, profile]) => {
      const clean = (text: string) => `x${text.toWellFormed().replaceAll(/[\p{Cc}\uFFFD]/gu, "?")}x`
      const place = {
        application: clean(application),
        environment: clean(environment),
        profile: clean(profile),
      }
      const path = pathOf(place.application, place.environment, place.profile)
      assert.deepStrictEqual(Result.merge(parseAgentPath(path)), place)
    },
  )

  it.each([
    ["/applications/a/environments/b", "has not the form /applications/<application>/"],
    ["/applications/a/environments/b/configurations/c/d", "has not the form"],
    ["/applications//environments/b/configurations/c", 'the application is ""; it is empty'],
    [
      "/applications/a/environments/%20b/configurations/c",
      'the environment is " b"; there are blanks around it',
    ],
    ["/applications/a/environments/b/configurations/%FF", "is not percent-encoded UTF-8"],
    ["/applications/a/environments/b/configurations/%0A", "there are blanks around it"],
    [
      `/applications/a/environments/b/configurations/${"c".repeat(129)}`,
      "it has 129 characters; 128 are allowed",
    ],
  ])("%s is refused, with what is wrong", (path, words) => {
    const parsed = parseAgentPath(path)
    assert.include(Result.isFailure(parsed) ? parsed.failure : "", words)
  })
})

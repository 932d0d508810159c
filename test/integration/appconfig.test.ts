/**
 * Configurations of AppConfig, read through the built extension: at start-up, from memory, after a new deployment, and
 * what they cost.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Configuration } from "../../local/aws/AppConfig.ts"
import { REGION } from "../support/aws.ts"
import { type Environment, onEachArtifact, readOf, startEnvironment } from "../support/extension.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"

const CONFIG = `
appconfig:
  - { application: shop, environment: prod, profile: flags }
  - { application: shop, environment: prod, profile: words, role_arn: ${ROLE} }
  - { application: shop, environment: prod, profile: missing }
  - { application: shop, environment: prod, profile: no-json }
`
const FLAGS: Configuration = {
  application: "shop",
  environment: "prod",
  profile: "flags",
  content: '{"beta":{"enabled":true},"limit":10.00}',
  label: "v7",
  pollInterval: 0,
}
const WORDS: Configuration = {
  ...FLAGS,
  profile: "words",
  content: "hello: 'wörld'",
  type: "application/x-yaml",
}
/** Of the media type application/json all the same. */
const NO_JSON: Configuration = { ...FLAGS, profile: "no-json", content: '{"beta":' }
const environmentOf = { config: CONFIG, seed: { appconfig: [FLAGS, WORDS, NO_JSON] } }

const NO_CACHE = { headers: { "cache-control": "no-cache" } }

/** A read that asks AWS, whenever the last one was. */
const variables = { CACHE_EXTENSION_TTL: "0s" }

const flags = ({ read }: Environment) => read("appconfig", "shop/prod/flags")

/** What AWS was asked about the flags. */
const operationsOf = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) =>
    calls.flatMap(({ names, operation }) => (names.includes("shop/prod/flags") ? [operation] : [])),
  )

const START = "StartConfigurationSession"
const GET = "GetLatestConfiguration"

onEachArtifact("a configuration", (artifact) => {
  const start = (more: object = {}) => startEnvironment({ artifact, ...environmentOf, ...more })

  it.live("is loaded at start-up and read from memory, as it is deployed", () =>
    Effect.gen(function* () {
      const environment = yield* start({ preload: true })
      const answer = yield* flags(environment)
      assert.deepStrictEqual([answer.status, answer.text], [200, FLAGS.content])
      assert.strictEqual(answer.headers["content-type"], "application/json")
      assert.match(String(answer.headers["cache-status"]), /^cache-extension; hit; ttl=\d+$/)
      const words = yield* environment.read("appconfig", "shop/prod/words")
      assert.deepStrictEqual([words.text, words.headers["content-type"]], [WORDS.content, WORDS.type])
      assert.deepStrictEqual(yield* operationsOf(environment), [START, GET])
    }),
  )

  it.live("gives one field, flags, and several at once", () =>
    Effect.gen(function* () {
      const environment = yield* start()
      const { ask } = environment
      assert.strictEqual((yield* ask(`${readOf("appconfig", "shop/prod/flags")}&json=/limit`)).text, "10.00")
      const flag = yield* ask(`${readOf("appconfig", "shop/prod/flags")}&flag=beta`)
      assert.deepStrictEqual([flag.status, flag.text], [200, '{"enabled":true}'])
      const names = ["flags", "words", "no-json", "missing"].map((profile) => `name=shop/prod/${profile}`)
      const all = yield* ask(`/appconfig?${names.join("&")}`)
      const { errors, values } = JSON.parse(all.text)
      assert.deepStrictEqual(values, {
        "shop/prod/flags": { beta: { enabled: true }, limit: 10 },
        "shop/prod/words": WORDS.content,
        "shop/prod/no-json": NO_JSON.content,
      })
      assert.deepInclude(errors["shop/prod/missing"], { status: 404, title: "No data found" })
      assert.deepStrictEqual(yield* operationsOf(environment), [START, GET])
    }),
  )

  it.live("that was deployed anew comes with the next refresh; unchanged, it stays as it is", () =>
    Effect.gen(function* () {
      const environment = yield* start({ variables })
      const first = yield* flags(environment)
      const same = yield* flags(environment)
      assert.deepStrictEqual([same.text, same.headers["etag"]], [first.text, first.headers["etag"]])
      assert.strictEqual(same.headers["age"], "0")
      yield* environment.aws.appConfig.deploy({ ...FLAGS, region: REGION, content: "{}" })
      assert.strictEqual((yield* flags(environment)).text, "{}")
      assert.deepStrictEqual(yield* operationsOf(environment), [START, GET, GET, GET])
    }),
  )

  it.live("is asked for once within its poll interval, however many demand it", () =>
    Effect.gen(function* () {
      const seed = { appconfig: [{ ...FLAGS, pollInterval: 60 }] }
      const config = `${CONFIG}cache: { forced_refresh_interval: 0s }`
      const environment = yield* start({ config, seed, variables })
      for (let round = 0; round < 5; round += 1) {
        const answers = yield* Effect.forEach(
          Array.from({ length: 20 }),
          () => environment.read("appconfig", "shop/prod/flags", NO_CACHE),
          { concurrency: "unbounded" },
        )
        assert.isTrue(answers.every(({ status, text }) => status === 200 && text === FLAGS.content))
      }
      assert.deepStrictEqual(yield* operationsOf(environment), [START, GET])
    }),
  )

  it.live("is asked for in a new session after DELETE, and when its token has expired", () =>
    Effect.gen(function* () {
      const environment = yield* start({
        config: `${CONFIG}cache: { forced_refresh_interval: 0s }`,
        variables,
      })
      yield* flags(environment)
      yield* environment.ask(readOf("appconfig", "shop/prod/flags"), { method: "DELETE" })
      yield* flags(environment)
      yield* environment.aws.appConfig.elapse("25 hours")
      assert.strictEqual((yield* flags(environment)).status, 200)
      assert.deepStrictEqual(yield* operationsOf(environment), [START, GET, START, GET, GET, START, GET])
    }),
  )

  it.live("is never a part of it: an answer that breaks off is asked for anew", () =>
    Effect.gen(function* () {
      const environment = yield* start({ config: `${CONFIG}cache: { forced_refresh_interval: 0s }` })
      for (const kind of ["truncate", "resetMid"] as const) {
        const fault = yield* environment.aws.faults.inject({ operation: GET, times: 1, effect: { kind } })
        yield* environment.ask(readOf("appconfig", "shop/prod/flags"), { method: "DELETE" })
        assert.strictEqual((yield* flags(environment)).text, FLAGS.content)
        assert.strictEqual(yield* fault.hits, 1)
      }
    }),
  )

  it.live("is the old one while AppConfig fails, and 403 where the function may not read it", () =>
    Effect.gen(function* () {
      const environment = yield* start({ variables })
      yield* flags(environment)
      yield* environment.aws.faults.inject({
        service: "appconfig",
        effect: { kind: "error", status: 403, type: "AccessDeniedException" },
      })
      const old = yield* flags(environment)
      assert.strictEqual(old.text, FLAGS.content)
      assert.include(String(old.headers["cache-status"]), "detail=stale-if-denied")
      const denied = yield* environment.read("appconfig", "shop/prod/words")
      assert.strictEqual(denied.status, 403)
      assert.include(denied.text, "AccessDeniedException")
    }),
  )

  it.live("is read as the role of its section, the others as the function's own", () =>
    Effect.gen(function* () {
      const environment = yield* start({ preload: true })
      const roles = (yield* environment.aws.calls.all).flatMap(({ names, role, service }) =>
        service === "appconfig" ? [`${names.join()} ${role}`] : [],
      )
      assert.sameMembers(roles, [
        "shop/prod/flags undefined",
        "shop/prod/flags undefined",
        `shop/prod/words ${ROLE}`,
        `shop/prod/words ${ROLE}`,
        "shop/prod/missing undefined",
        "shop/prod/no-json undefined",
        "shop/prod/no-json undefined",
      ])
    }),
  )

  it.live("that is not listed is fetched where that is allowed, by the three parts of its name", () =>
    Effect.gen(function* () {
      const environment = yield* start({ config: "on_demand: allow\n" })
      assert.strictEqual((yield* flags(environment)).text, FLAGS.content)
      assert.strictEqual((yield* environment.read("appconfig", "shop/flags")).status, 404)
    }),
  )
})

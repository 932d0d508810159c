/**
 * Names, labels and ARNs that somebody invents, on both ports of the built extension: none forges a line of the log, none costs
 * more than a few calls, and what they leave behind does not grow.
 */
import { assert, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { LISTED, PARAMETER, SECRET, start } from "../support/compatible.ts"
import { type Environment, EXTENSION, onEachArtifact } from "../support/extension.ts"
import { parseExposition } from "../support/prometheus.ts"

const CONFIG = `on_demand: allow\n${LISTED}`

const EMF = JSON.stringify({
  _aws: { Timestamp: 1, CloudWatchMetrics: [{ Namespace: "X", Dimensions: [[]], Metrics: [{ Name: "m" }] }] },
  m: 1,
})

/** What would be a line of its own, a metric, or an order to a terminal. */
const FORGERIES = [
  "x\nFORGED\u001b[31m",
  `x\n${EMF}`,
  EMF,
  "x\u2028FORGED",
  "x\rFORGED",
  "x\u0085FORGED",
  "x\u009bFORGED",
].map(encodeURIComponent)

const OURS = new RegExp(`^\\[${EXTENSION}\\] `)

/** So many regions, roles or names: far more than any bound. */
const MANY = 300

/** The n-th region that AWS does not have. */
const inventedRegion = (index: number): string =>
  `xx-${"abcdefghij"[Math.floor(index / 100) % 10]}${"abcdefghij"[Math.floor(index / 1_000)]}bc-${index % 100}`

const parameterIn = (index: number) => `arn:aws:ssm:${inventedRegion(index)}:123456789012:parameter/A`
const secretIn = (index: number) =>
  `arn:aws:secretsmanager:${inventedRegion(index)}:123456789012:secret:db-AbCdEf`

const indices = Array.from({ length: MANY }, (_, index) => index)

/** As many roles as requests may name. */
const MOST_ROLES = 20

/** Series of outcomes that were not seen before: they do not grow with what is asked. */
const FEW = 10

const seriesOf = (ask: Environment["ask"]): Effect.Effect<number> =>
  Effect.map(ask("/metrics"), ({ text }) =>
    parseExposition(text).reduce((sum, { samples }) => sum + samples.length, 0),
  )

onEachArtifact("names that somebody invents", (artifact) => {
  it.live("forge no line of the log and no metric, whichever port they come by", () =>
    Effect.gen(function* () {
      const { ask, get, lines } = yield* start(artifact, { config: CONFIG })
      for (const text of FORGERIES) {
        for (const query of [`name=plain&label=${text}`, `name=${text}`, `name=/a/${text}`]) {
          assert.strictEqual((yield* ask(`/parameters?${query}`)).status, 400, query)
          assert.strictEqual((yield* get(`${PARAMETER}?${query}`)).status, 400, query)
        }
        assert.strictEqual((yield* ask(`/secrets?name=${text}`)).status, 400)
        assert.strictEqual((yield* get(`${SECRET}?secretId=${text}`)).status, 400)
        // Secrets Manager does not say what a staging label may consist of, so one may get to AWS.
        assert.isBelow((yield* ask(`/secrets?name=s&versionStage=${text}`)).status, 500)
        assert.isBelow((yield* get(`${SECRET}?secretId=s&versionStage=${text}`)).status, 500)
      }
      for (const line of lines().filter((line) => line !== "")) {
        assert.match(line, OURS)
        assert.notMatch(line, /[\p{Cc}\u2028\u2029]/u)
      }
    }),
  )

  it.live("and regions: AWS is not asked, and the metrics have no series more", () =>
    Effect.gen(function* () {
      const { ask, get, operations } = yield* start(artifact, { config: CONFIG })
      const series = seriesOf(ask)
      /** The ways to ask for something in a region. */
      const ways = [
        (index: number) => ask(`/parameters?name=${parameterIn(index)}`),
        (index: number) => ask(`/secrets?name=${secretIn(index)}`),
        (index: number) => get(`${PARAMETER}?name=${parameterIn(index)}`),
        (index: number) => get(`${SECRET}?secretId=${secretIn(index)}`),
      ]
      const askIn = (index: number) => ways[index % ways.length]?.(index) ?? Effect.die("no way")
      const askAll = (indices: ReadonlyArray<number>) => Effect.forEach(indices, askIn, { concurrency: 4 })
      // What is counted for the first time has series from then on.
      yield* Effect.all([askAll([0, 1, 2, 3]), series])
      const before = yield* series
      const statuses = (yield* askAll(indices)).map(({ status }) => status)
      assert.deepStrictEqual(new Set(statuses), new Set([404, 400]))
      assert.strictEqual(yield* series, before)
      assert.deepStrictEqual(yield* operations, [])
    }),
  )

  it.live("and versions of a listed name cost twenty calls, then one a second, and no line each", () =>
    Effect.gen(function* () {
      const { ask, get, lines, operations, read } = yield* start(artifact, { config: LISTED })
      const begun = yield* Clock.currentTimeMillis
      const answers = yield* Effect.forEach(indices.slice(0, 100), (index) =>
        Effect.all([
          ask(`/parameters?name=plain&label=invented${index}`),
          ask(`/parameters?name=plain&version=${1_000 + index}`),
          get(`${PARAMETER}?name=plain&label=other${index}`),
        ]),
      )
      const seconds = Math.floor(((yield* Clock.currentTimeMillis) - begun) / 1_000)
      const calls = (yield* operations).length
      assert.isAtLeast(calls, 20)
      assert.isAtMost(calls, 20 + seconds + 1)
      assert.deepStrictEqual(
        new Set(answers.flatMap(([first, second]) => [first.status, second.status])),
        new Set([404, 429]),
      )
      // The name itself is served.
      assert.strictEqual((yield* read("parameters", "plain")).status, 200)
      // The compatible port logs each request that fails, as that extension does.
      const about = lines().filter((line) => line.includes("plain") && !line.includes("GetParameter request"))
      assert.isAtMost(about.length, 1 + seconds)
    }),
  )

  it.live("and names: entries stay within their bound, and the metrics have no series more", () =>
    Effect.gen(function* () {
      const config = `cache: { max_entries: 50 }\n${CONFIG}`
      const { ask, get } = yield* start(artifact, { config })
      const series = seriesOf(ask)
      const ways = [
        (index: number) => ask(`/parameters?name=/invented/${index}`),
        (index: number) => get(`${PARAMETER}?name=/invented/${index}`),
      ]
      const askIn = (index: number) => ways[index % ways.length]?.(index) ?? Effect.die("no way")
      // The evictions are counted, too.
      yield* Effect.all([Effect.forEach(indices.slice(0, 200), askIn, { concurrency: 4 }), series])
      const before = yield* series
      yield* Effect.forEach(indices, askIn, { concurrency: 20 })
      assert.isAtMost(yield* series, before + FEW)
      const { entries } = JSON.parse((yield* ask("/ready")).text) as {
        readonly entries: ReadonlyArray<unknown>
      }
      assert.isAtMost(entries.length, 51)
    }),
  )

  it.live("and roles: twenty are assumed at most, and the metrics have a series for each at most", () =>
    Effect.gen(function* () {
      const config = "compatibility: { parameters_and_secrets: on, workload_credentials: on }\n"
      const { ask, aws, get } = yield* start(artifact, { config })
      const series = seriesOf(ask)
      yield* Effect.all([get(`${SECRET}?secretId=binary`), series])
      const before = yield* series
      const statuses = yield* Effect.forEach(
        indices,
        (index) =>
          Effect.map(
            get(
              `${SECRET}?secretId=binary&roleArn=${encodeURIComponent(`arn:aws:iam::123456789012:role/r${index}`)}`,
            ),
            ({ status }) => status,
          ),
        { concurrency: 4 },
      )
      assert.isEmpty(statuses.filter((status) => status === 500))
      const roles = (yield* aws.calls.all).flatMap(({ names, operation }) =>
        operation === "AssumeRole" ? names : [],
      )
      assert.isAtMost(new Set(roles).size, MOST_ROLES)
      assert.isAtMost(yield* series, before + MOST_ROLES + FEW)
    }),
  )
})

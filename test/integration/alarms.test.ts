/**
 * observability/alarms.yaml on what the built extension logs for CloudWatch: each alarm fires on the fault it is for, and none
 * fires while nothing is wrong. Each line counts as a period of its own, because a fault that lasts shows in several.
 */
import { assert, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import type { FaultRule } from "../../local/aws/Faults.ts"
import { type Alarm, firing, readAlarms } from "../support/cloudWatch.ts"
import { parseEmf } from "../support/emf.ts"
import { casesOn, type Environment, makeEnvironment, onEachArtifact } from "../support/extension.ts"

const NAMES = ["A", "B", "C", "D", "E", "F"]
const SEED = { parameters: NAMES.map((name) => ({ name, value: name })) }
const ANEW = { headers: { "cache-control": "no-cache" } }

/** An alarm and what makes it fire. */
interface Case {
  readonly alarm: string
  /** Of the cache, as YAML. */
  readonly cache: string
  readonly fault?: FaultRule
  /** What every invoke reads. */
  readonly reads: ReadonlyArray<string>
  /** Whether everything is loaded before the fault. */
  readonly preload: boolean
  readonly parameters?: Readonly<Record<string, number>>
}

const failing = (type: string, status = 400): FaultRule => ({ effect: { kind: "error", status, type } })

/** The retries of a read end with its budget. */
const IMPATIENT = "forced_refresh_interval: 0s, read_budget: 100ms"

const CASES: ReadonlyArray<Case> = [
  {
    alarm: "FailedReadsAlarm",
    cache: "negative_ttl: 0s",
    fault: failing("AccessDeniedException"),
    reads: ["A"],
    preload: false,
  },
  { alarm: "AbsentReadsAlarm", cache: "ttl: 1h", reads: ["missing"], preload: true },
  {
    alarm: "StaleIfErrorReadsAlarm",
    cache: "forced_refresh_interval: 0s",
    fault: failing("AccessDeniedException"),
    reads: ["A"],
    preload: true,
  },
  {
    alarm: "FailedAwsCallsAlarm",
    cache: "forced_refresh_interval: 0s",
    fault: failing("AccessDeniedException"),
    reads: NAMES,
    preload: true,
  },
  {
    alarm: "ThrottledAwsCallsAlarm",
    cache: IMPATIENT,
    fault: { effect: { kind: "throttle" } },
    reads: NAMES,
    preload: true,
  },
  {
    alarm: "OpenCircuitsAlarm",
    cache: IMPATIENT,
    fault: failing("InternalServerError", 500),
    reads: NAMES,
    preload: true,
  },
  { alarm: "EvictionsAlarm", cache: "max_entries: 2", reads: NAMES, preload: false },
  {
    // The refresh lasts longer than all invokes together, so each is held to the limit.
    alarm: "InvokeHoldAlarm",
    cache: "ttl: 1ms, stale_while_revalidate: 1h, idle_refresh_limit: 1h",
    fault: { effect: { kind: "delay", duration: "2 seconds" } },
    reads: [],
    preload: true,
  },
  {
    alarm: "ResidentMemoryAlarm",
    cache: "ttl: 1h",
    reads: ["A"],
    preload: true,
    parameters: { ResidentMegabytes: 5 },
  },
]

const INVOKES = 4

/** The alarms that fire in the life of an environment. */
const alarmsIn = Effect.fnUntraced(function* (environment: Environment, alarms: ReadonlyArray<Alarm>) {
  for (let invoke = 0; invoke < INVOKES; invoke += 1) yield* environment.lambda.invoke()
  yield* environment.lambda.shutdown()
  const now = yield* Clock.currentTimeMillis
  const records = environment.lines().map((line) => parseEmf(line, now))
  assert.strictEqual(records.length, INVOKES + 1)
  for (const { series } of alarms)
    for (const { dimensions, name, namespace } of Object.values(series)) {
      assert.deepStrictEqual([namespace, dimensions], [records[0]?.namespace, records[0]?.dimensions])
      assert.isTrue(
        records.every(({ metrics }) => metrics[name] !== undefined),
        name,
      )
    }
  return firing(
    alarms,
    records.map((record) => [record]),
  )
})

const environmentFor = (
  artifact: Parameters<Parameters<typeof onEachArtifact>[1]>[0],
  { cache, preload, reads }: Pick<Case, "cache" | "preload" | "reads">,
) =>
  makeEnvironment({
    artifact,
    config: `on_demand: allow\nparameters: [{ names: [A] }]\ncache: { ${cache} }\n`,
    seed: SEED,
    preload,
    variables: { CACHE_EXTENSION_EMF_EVERY: "1", CACHE_EXTENSION_LOG_LEVEL: "none" },
    handler: (_, { read }) =>
      Effect.forEach(reads, (name) => read("parameters", name, ANEW), { discard: true }),
    lambda: { functionName: "shop", timeout: "30 seconds", freeze: false },
  })

onEachArtifact("alarms on a function", (artifact) => {
  const alarms = readAlarms({ FunctionName: "shop" })

  it.live.each(casesOn(artifact, CASES))("$alarm fires on the fault that it is for", (given) =>
    Effect.gen(function* () {
      const alarms = readAlarms({ FunctionName: "shop", ...given.parameters })
      assert.sameMembers(
        CASES.map(({ alarm }) => alarm),
        alarms.map(({ id }) => id),
      )
      const environment = yield* environmentFor(artifact, given)
      yield* environment.lambda.init
      if (given.fault !== undefined) yield* environment.aws.faults.inject(given.fault)
      assert.include(yield* alarmsIn(environment, alarms), given.alarm)
    }),
  )

  it.live("none fires while nothing is wrong", () =>
    Effect.gen(function* () {
      const healthy = { cache: "ttl: 1h", preload: true, reads: NAMES }
      assert.deepStrictEqual(yield* alarmsIn(yield* environmentFor(artifact, healthy), alarms), [])
    }),
  )
})

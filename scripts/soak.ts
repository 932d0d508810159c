// `npm run soak -- --minutes 30 [--artifact node]`: soak test. Mixed load with faults and freezes on the built executable
// (or the Node bundle), to check that neither memory nor sockets leak, and how much memory the mix takes.
//
// Local Lambda invokes a function in this process (soak/traffic.ts) about once a second and freezes the extension in
// between. Local AWS injects another fault every few seconds (soak/world.ts). Prints a row per minute (soak/samples.ts), then a
// verdict (soak/verdict.ts). Runs on a copy of the artifact, so that a build meanwhile does no harm; a probe in the copy forces
// collections (soak/heap.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { AwsEmulator } from "../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, seedFrom } from "../local/aws/seed.ts"
import { LambdaEmulator } from "../local/lambda/LambdaEmulator.ts"
import { freePort, keepAliveAgent } from "../test/support/extensionHttp.ts"
import { serveRuntime } from "../test/support/extensionRuntime.ts"
import { ROOT } from "./bundle.ts"
import { COUNT, NUMBER, parseOptions } from "./options.ts"
import { installProbe } from "./soak/heap.ts"
import { HEADER, rowOf, type Sample, takeSample } from "./soak/samples.ts"
import { makeTally, type Tally, traffic } from "./soak/traffic.ts"
import { type Aims, type Finding, judge } from "./soak/verdict.ts"
import { CONFIG, FAULTS, REGION, SEED } from "./soak/world.ts"

const MINUTE = 60_000
const SAMPLE_EVERY = 5_000
/** How many times a run is interrupted by a forced collection: often enough to compare thirds, rarely enough to change little. */
const COLLECTIONS = 36
/** How long a fault lasts, and the time between faults. */
const FAULT_MILLIS = 4_000
const WELL_MILLIS = 6_000
/** The mean time from the start of an invoke to the start of the next: the load stays the same while other work slows the machine. */
const PACE = 1_000
const AWS_LATENCY = 10
const EXTENSION = "cache-extension"

/** What was measured in half an hour, and a tenth more. The same for every function and machine: the launcher limits the heaps. */
const AIMS: Readonly<Record<"standalone" | "node", Aims>> = {
  standalone: { anonymous: 36, rss: 90 },
  node: { anonymous: 55, rss: 110 },
}

/** Statuses that no request may get. 0 is a broken connection. */
const NEVER = [0, 500, 503]

const values = parseOptions("Runs mixed load with faults and freezes, and watches memory and sockets.", {
  minutes: {
    type: "string",
    default: "30",
    check: NUMBER,
    description: "How long. The live heap is compared between the second and the last third",
  },
  memory: { type: "string", default: "128", check: COUNT, description: "Memory of the function, in MB" },
  artifact: {
    type: "string",
    default: process.arch === "x64" ? "x86_64" : "arm64",
    description: "Folder of dist that is tested",
  },
})
const minutes = Number(values.minutes)
const aims = values.artifact === "node" ? AIMS.node : AIMS.standalone

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(path.join(os.tmpdir(), "soak-"))),
  (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
)

const takeTurns = Effect.fnUntraced(function* ({ faults }: AwsEmulator["Service"]) {
  for (const effect of FAULTS) {
    yield* Effect.sleep(WELL_MILLIS)
    const { remove } = yield* faults.inject({ effect })
    yield* Effect.sleep(FAULT_MILLIS)
    yield* remove
  }
})

const sum = (counts: Iterable<number>): number =>
  Array.from(counts).reduce((total, count) => total + count, 0)

const findingsOf = (
  samples: ReadonlyArray<Sample>,
  tally: Tally,
  exitCode: number,
): ReadonlyArray<Finding> => {
  const { freezesInFlight, requests, statuses, unserved } = tally
  const byStatus = Array.from(statuses)
    .toSorted(([left], [right]) => left - right)
    .map(([status, count]) => `${status}: ${count}`)
  return [
    ...judge(samples, aims),
    {
      holds: sum(NEVER.map((status) => statuses.get(status) ?? 0)) === 0,
      words: `${requests} requests (${freezesInFlight} freezes in flight), by status: ${byStatus.join(", ")}`,
    },
    {
      holds: unserved.length === 0,
      words: `held values that were not served: ${unserved.length} ${[...new Set(unserved)].slice(0, 5).join("; ")}`,
    },
    { holds: exitCode === 0, words: `exit code after SHUTDOWN: ${exitCode}` },
  ]
}

const soak = Effect.gen(function* () {
  const work = yield* folder
  const opt = path.join(work, "opt")
  cpSync(path.join(ROOT, "dist", values.artifact), opt, { recursive: true })
  const probe = installProbe(opt, work)
  const config = path.join(work, "config.yaml")
  writeFileSync(config, CONFIG)

  const aws = Context.get(yield* Layer.build(AwsEmulator.layer()), AwsEmulator)
  yield* seedFrom(aws.endpoint, SEED)
  yield* aws.latency.set(AWS_LATENCY)
  const port = yield* freePort
  const lambda = yield* LambdaEmulator.make({
    function: { kind: "attach" },
    extensionsFolder: path.join(opt, "extensions"),
    region: REGION,
    credentials: { ...LOCAL_CREDENTIALS, sessionToken: "local" },
    timeout: MINUTE,
    memorySize: Number(values.memory),
    environment: {
      ...probe.environment,
      AWS_ENDPOINT_URL: aws.endpoint,
      CACHE_EXTENSION_CONFIG: config,
      CACHE_EXTENSION_PORT: String(port),
      CACHE_EXTENSION_INIT_STARTUP: "true",
      CACHE_EXTENSION_LOG_LEVEL: "error",
    },
  })

  const agent = yield* keepAliveAgent
  const tally = makeTally()
  const freezer = { pause: lambda.pause(EXTENSION), resume: lambda.resume(EXTENSION) }
  const samples: Array<Sample> = []
  const begun = performance.now()
  const elapsed = () => performance.now() - begun
  let calls = 0
  let sampledAt = 0
  let collectedAt = 0

  const showLastMinute = () => {
    const minute = samples.filter((sample) => sample.minute === samples.at(-1)?.minute)
    if (minute.length > 0) console.log(rowOf(minute, tally.requests, calls))
  }

  const sampleWhenDue = Effect.fnUntraced(function* () {
    if (elapsed() - sampledAt < SAMPLE_EVERY) return
    sampledAt = elapsed()
    const extension = (yield* lambda.processes).find(({ name }) => name === EXTENSION)
    const isCollectionDue = sampledAt - collectedAt >= (minutes * MINUTE) / COLLECTIONS - SAMPLE_EVERY
    if (isCollectionDue) collectedAt = sampledAt
    const sample = yield* takeSample({
      pid: extension?.pid ?? 0,
      port,
      minute: Math.floor(sampledAt / MINUTE),
      liveHeap: isCollectionDue ? probe.liveHeap : undefined,
    })
    if (samples.at(-1)?.minute !== sample.minute) showLastMinute()
    calls += (yield* aws.calls.all).length
    yield* aws.calls.clear
    samples.push(sample)
  })

  yield* serveRuntime(lambda.address, () =>
    traffic(port, agent, freezer, tally).pipe(
      Effect.andThen(Effect.orDie(sampleWhenDue())),
      Effect.as("done"),
    ),
  )
  yield* lambda.init
  yield* Effect.forkScoped(Effect.forever(takeTurns(aws)))

  console.log(
    `Soak of ${values.artifact} for ${minutes} minutes, function memory ${values.memory} MB; totals since the start`,
  )
  console.log(HEADER)
  while (elapsed() < minutes * MINUTE) {
    const next = Effect.sleep(2 * PACE * (yield* Random.next))
    const [{ functionError }] = yield* Effect.all([lambda.invoke({}), next], { concurrency: 2 })
    if (functionError !== undefined) return yield* Effect.die(new Error(functionError.message))
  }
  showLastMinute()
  const { extensions } = yield* lambda.shutdown()
  return findingsOf(samples, tally, extensions[0]?.code ?? -1)
})

const findings = await Effect.runPromise(Effect.scoped(soak))
for (const { holds, words } of findings) console.log(`${holds ? "ok  " : "FAIL"} ${words}`)
process.exitCode = findings.every(({ holds }) => holds) ? 0 : 1

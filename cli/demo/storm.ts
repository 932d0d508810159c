/**
 * `npm start -- --environments 20`: a storm of cold starts on one local AWS. Twenty environments start at the same moment,
 * and each reads 50 parameters, of which Parameter Store answers ten a call and 40 calls a second: first each on its own, then
 * with a shared tier. A table shows how they fared.
 */
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync } from "node:fs"
import path from "node:path"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, seedFrom } from "../../local/aws/seed.ts"
import { makeFleet } from "../../local/fleet/Fleet.ts"
import { type Outcome, storm as stormOf } from "../../local/fleet/Storm.ts"
import { HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { ROOT } from "../assets.ts"
import { temporaryConfig } from "../dev/dev.ts"
import { say } from "../dev/terminal.ts"
import { CommandFailed } from "../failures.ts"
import { whileWaiting } from "../progress.ts"
import { textTable } from "../table.ts"
import { nodeExecutable } from "../toolchain.ts"

export interface StormOptions extends Unfit {
  readonly environments: number
  /** Milliseconds that each call of AWS takes. */
  readonly latency: number
  /** Requests a second that Parameter Store answers. */
  readonly quota: number | undefined
}

/** Options of the demo that a storm has no use for. */
interface Unfit {
  readonly watch: boolean
  readonly freeze: boolean
}

/** The default quota of an account and region: https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const DEFAULT_QUOTA = 40

const PARAMETERS = 50
const NAMES = Array.from({ length: PARAMETERS }, (_, index) => `/fleet/parameter-${index + 1}`)
const REGION = "us-west-2"

const LISTED = `parameters:\n  - names: [${NAMES.join(", ")}]\n`

/** The executable is what most functions run; where Bun cannot make one, the Node layer. */
const extensionsFolder = (): string => {
  const trees = HOST_ARCHITECTURE === undefined ? ["node"] : [HOST_ARCHITECTURE, "node"]
  const folders = trees.map((tree) => path.join(ROOT, "dist", tree, "extensions"))
  return folders.find((folder) => existsSync(folder)) ?? path.join(ROOT, "dist/node/extensions")
}

/** One way to run the fleet. */
interface Variant {
  readonly title: string
  readonly config: string
}

const TABLE = "cache-extension-shared"

const VARIANTS: ReadonlyArray<Variant> = [
  { title: "each on its own", config: LISTED },
  {
    title: "with a shared tier",
    config: `${LISTED}    shared: plain\nshared: { store: "dynamodb://${TABLE}", namespace: fleet }\n`,
  },
]

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(2)} s`

/** The value at this share of sorted ones. */
const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN

const UNFIT = ["watch", "freeze"] as const

const HEADER = ["", "median ready", "p99", "last", "calls to Parameter Store", "throttled", "failed reads"]

/** The row of a storm: when the environments were ready, and what they asked for. */
export const stormRow = (
  title: string,
  outcomes: ReadonlyArray<Outcome>,
  { made, throttled }: { readonly made: number; readonly throttled: number },
): ReadonlyArray<string> => {
  const times = outcomes.map(({ readyAfter }) => readyAfter).toSorted((a, b) => a - b)
  const failed = outcomes.reduce((sum, { failedReads }) => sum + failedReads, 0)
  return [
    title,
    ...[0.5, 0.99, 1].map((share) => seconds(quantile(times, share))),
    String(made),
    String(throttled),
    String(failed),
  ]
}

const failed = ({ message }: { readonly message: string }) => new CommandFailed({ reason: message })

const runVariant = Effect.fnUntraced(function* ({ config, title }: Variant, options: StormOptions) {
  const { environments, latency, quota = DEFAULT_QUOTA } = options
  const aws = Context.get(yield* Layer.build(Layer.fresh(AwsEmulator.layer())), AwsEmulator)
  yield* seedFrom(aws.endpoint, {
    region: REGION,
    tables: [{ name: TABLE, hashKey: { name: "key", type: "S" } }],
    parameters: NAMES.map((name) => ({ name, value: `value of ${name}` })),
  })
  const node = yield* nodeExecutable
  const configFile = yield* temporaryConfig(config)
  const lambda = {
    extensionsFolder: extensionsFolder(),
    region: REGION,
    node,
    // On two CPUs, a hundred processes take longer than the ten seconds of Lambda.
    initTimeout: 120_000,
    credentials: { ...LOCAL_CREDENTIALS, sessionToken: "local" },
  }
  const fleet = yield* makeFleet({
    environments,
    variables: () => ({ AWS_ENDPOINT_URL: aws.endpoint, CACHE_EXTENSION_CONFIG: configFile }),
    lambda: () => lambda,
  })
  yield* aws.calls.clear
  yield* aws.latency.set(latency)
  yield* aws.quota.set({ ssm: quota })
  const outcomes = yield* stormOf(fleet, NAMES)
  return stormRow(title, outcomes, yield* aws.calls.countOf("ssm"))
}, Effect.scoped)

/** Runs the storms and prints the table. Ctrl-C ends every process. */
export const storm = Effect.fnUntraced(function* (options: StormOptions) {
  const { environments, latency, quota = DEFAULT_QUOTA } = options
  for (const option of UNFIT) {
    if (options[option])
      return yield* new CommandFailed({
        reason: `--${option}: found with --environments ${environments}; allowed: with one environment`,
      })
  }
  yield* say(
    `${environments} environments start at the same moment and read ${PARAMETERS} parameters each. ` +
      `Parameter Store answers ${quota} calls a second, each after ${latency} ms.`,
  )
  const rows = yield* Effect.forEach(VARIANTS, (variant) =>
    whileWaiting(`A fleet, ${variant.title}`, runVariant(variant, options)),
  ).pipe(Effect.catch((error) => Effect.fail(failed(error))))
  yield* Console.log(`\n${textTable([HEADER, ...rows], { gap: "  ", isNumeric: true })}`)
  yield* Console.log(
    "\ndocs/fleet.md explains the table. If other programs keep the CPU busy, the tier misses its time limit, and environments ask Parameter Store themselves.",
  )
})

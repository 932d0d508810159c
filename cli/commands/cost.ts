/**
 * `cost`: what reading values costs a function, in calls and dollars: directly, through this extension, and through others.
 * It estimates; docs/cost.md has the formulas, `cli/cost/` the code.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as GoDuration from "../../src/config/go/GoDuration.ts"
import { DEFAULT_TTL } from "../../src/domain/defaults.ts"
import { emfMetrics } from "../../src/observability/emf.ts"
import { readValidConfig, UNKNOWN_REGION } from "../config/ConfigSource.ts"
import { costsOf, type Group, observabilityDollars, type Usage } from "../cost/model.ts"
import { DEFAULT_PRICES, PRICES_AS_OF, pricesFrom } from "../cost/prices.ts"
import { cellsOf, count, dollars, HEADER } from "../cost/table.ts"
import { groupsOfCounts, groupsOfPlan } from "../cost/usage.ts"
import { CommandFailed, wrongUsage } from "../failures.ts"
import { textTable } from "../table.ts"

/** The alarms of observability/alarms.yaml, and the length of a line of metrics for each of them; a test compares both. */
export const ALARMS = 9
export const LINE_BYTES_PER_METRIC = 63

/** A duration of at least `least` milliseconds, in Go's format like those of config.yaml. */
const duration = (name: string, least: number) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => {
        const parsed = GoDuration.parse(text)
        return Result.isSuccess(parsed) && parsed.success >= least
          ? Option.some(parsed.success)
          : Option.none()
      },
      (text) =>
        `found ${JSON.stringify(text)}; allowed: ${GoDuration.DURATION_ALLOWED}, at least ${GoDuration.format(least)}`,
    ),
    Flag.withMetavar("duration"),
  )

/** A whole number from `least`. */
const number = (name: string, least: number) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= least,
      (value) => `found ${value}; allowed: a whole number of ${least} or more`,
    ),
  )

const described =
  <A>(flag: Flag.Flag<A>, fallback: A, shown: string) =>
  (text: string): Flag.Flag<A> =>
    flag.pipe(Flag.withDefault(fallback), Flag.withDescription(`${text} (default ${shown})`))

const SECOND = 1_000
const HOUR = 3_600 * SECOND

const flags = {
  invocations: described(
    number("invocations", 1),
    1_000_000,
    "1000000",
  )("Invocations of the function a month"),
  environments: described(
    number("environments", 1),
    10,
    "10",
  )("Environments that live at a time, on average"),
  lifetime: described(duration("lifetime", SECOND), 2 * HOUR, "2h")("How long an environment lives"),
  parameters: described(
    number("parameters", 0),
    2,
    "2",
  )("Parameters that each invoke reads; with config.yaml, the file decides"),
  secrets: described(number("secrets", 0), 1, "1")("Secrets that each invoke reads, likewise"),
  items: described(number("items", 0), 0, "0")("DynamoDB items of up to 4 kB, likewise"),
  configurations: described(number("configurations", 0), 0, "0")("AppConfig configurations, likewise"),
  objects: described(number("objects", 0), 0, "0")("S3 objects, likewise"),
  queries: described(number("queries", 0), 0, "0")("Results of SQL statements of up to 32 KiB, likewise"),
  ttl: duration("ttl", 0).pipe(
    Flag.optional,
    Flag.withDescription("How long this extension keeps a value (default: that of config.yaml, else 60m)"),
  ),
  together: Flag.Boolean("together").pipe(
    Flag.withDefault(false),
    Flag.withDescription("The function reads its values at once, not one after the other"),
  ),
  preload: Flag.Boolean("preload").pipe(
    Flag.withDefault(false),
    Flag.withDescription("This extension loads everything at the start (CACHE_EXTENSION_INIT_STARTUP)"),
  ),
  latency: described(duration("latency", 0), 20, "20ms")("How long a call to AWS takes"),
  memory: described(number("memory", 128), 512, "512")("The function's memory in MB"),
  architecture: Flag.Literals("architecture", ["arm64", "x86_64"]).pipe(
    Flag.withDefault("arm64"),
    Flag.withDescription("The function's architecture (default arm64)"),
  ),
  coldStart: described(
    duration("cold-start", 0),
    33,
    "33ms",
  )(
    "What this extension adds to a cold start; the default is of the standalone layer, not measured on Lambda",
  ),
  higherThroughput: Flag.Boolean("higher-throughput").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Parameter Store's higher throughput is on, or the parameters are advanced ones"),
  ),
  emfEvery: number("emf-every", 1).pipe(
    Flag.optional,
    Flag.withDescription(
      "Also estimate CloudWatch: metrics logged after every this many invokes, and all alarms",
    ),
  ),
  prices: Flag.File("prices", { mustExist: true }).pipe(
    Flag.optional,
    Flag.withDescription("A JSON file with the prices to replace; `cost --json` shows their names"),
  ),
  json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Print JSON")),
}

const file = Argument.String("config.yaml").pipe(
  Argument.optional,
  Argument.withDescription(
    "The file to take values and ttls from, or the folder of a function with a config.yaml; - reads stdin",
  ),
)

const readFile = Effect.fnUntraced(function* (given: string, ttl: number | undefined) {
  const { file, plan } = yield* readValidConfig(given, { region: UNKNOWN_REGION, ttl })
  if (plan.entries.size === 0) return yield* new CommandFailed({ reason: `${file} lists nothing` })
  return { groups: groupsOfPlan(plan, ttl), hasTier: plan.shared !== undefined }
})

const readPrices = Effect.fnUntraced(function* (path: string) {
  const files = yield* FileSystem.FileSystem
  const text = yield* files
    .readFileString(path)
    .pipe(
      Effect.mapError(({ message }) => new CommandFailed({ reason: `${path} cannot be read: ${message}` })),
    )
  const given = yield* Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: () => new CommandFailed({ reason: `${path} is not JSON` }),
  })
  return yield* Effect.fromResult(pricesFrom(given)).pipe(
    Effect.mapError(
      (faults) => new CommandFailed({ reason: faults.map((fault) => `${path}: ${fault}`).join("\n") }),
    ),
  )
})

const counted = (number: number, one: string): string => `${count(number)} ${one}${number === 1 ? "" : "s"}`

const describe = ({ environments, groups, invocations, lifetime, memory, together }: Usage): string => {
  const values = groups.reduce((sum, group) => sum + group.count, 0)
  return (
    `${counted(invocations, "invocation")} a month with ${memory} MB, in ${counted(environments, "environment")} ` +
    `with a life of ${GoDuration.format(lifetime * SECOND)}, ` +
    `reading ${counted(values, "value")} ${together ? "at once" : "one after the other"}`
  )
}

/** The command. */
export const cost = Command.make("cost", { ...flags, file }, (given) =>
  Effect.gen(function* () {
    const ttl = Option.getOrUndefined(given.ttl)
    const counts = {
      parameters: given.parameters,
      secrets: given.secrets,
      dynamodb: given.items,
      appconfig: given.configurations,
      s3: given.objects,
      sql: given.queries,
      http: 0,
    }
    const { groups, hasTier }: { readonly groups: ReadonlyArray<Group>; readonly hasTier: boolean } =
      Option.isSome(given.file)
        ? yield* readFile(given.file.value, ttl)
        : { groups: groupsOfCounts(counts, ttl ?? DEFAULT_TTL), hasTier: false }
    if (groups.length === 0)
      return yield* wrongUsage(
        "there is nothing to read: --parameters, --secrets, --items, --configurations, --objects and --queries are all 0",
      )
    const prices = Option.isSome(given.prices) ? yield* readPrices(given.prices.value) : DEFAULT_PRICES
    const { environments, higherThroughput, invocations, memory, preload, together } = given
    const usage: Usage = {
      environments,
      higherThroughput,
      invocations,
      memory,
      preload,
      together,
      groups,
      lifetime: given.lifetime / SECOND,
      latency: given.latency / SECOND,
      coldStart: given.coldStart / SECOND,
      isArm: given.architecture === "arm64",
    }
    const costs = costsOf(usage, prices)
    const metrics = emfMetrics(hasTier).length
    const observed = Option.map(given.emfEvery, (every) =>
      observabilityDollars(
        { metrics, lineBytes: metrics * LINE_BYTES_PER_METRIC, alarms: ALARMS },
        every,
        usage,
        prices,
      ),
    )
    if (given.json) {
      const observability = Option.getOrUndefined(observed)
      const report = { usage, pricesAsOf: PRICES_AS_OF, prices, perMillion: costs, observability }
      return yield* Console.log(JSON.stringify(report, undefined, 2))
    }
    yield* Console.log(`${describe(usage)}.\n`)
    yield* Console.log(textTable([HEADER, ...costs.map(cellsOf)], { gap: "  ", isNumeric: true }))
    if (Option.isSome(observed)) {
      const { alarms, logs, metrics } = observed.value
      yield* Console.log(
        `\nObservability of the function a month: ${dollars(metrics)} for metrics, ${dollars(logs)} for log lines, ${dollars(alarms)} for alarms.`,
      )
    }
    yield* Console.log(
      `\nAn estimate, with prices of ${PRICES_AS_OF} in us-east-1 (--prices replaces them). docs/cost.md has the formulas.`,
    )
  }),
).pipe(
  Command.withDescription(
    "Estimates calls and dollars of reading values, beside direct calls and other caches",
  ),
  Command.withExamples([
    {
      command: "lambda-cache-extension cost config.yaml --invocations 30000000 --environments 50",
      description: "For your config.yaml",
    },
    {
      command: "lambda-cache-extension cost --secrets 3 --ttl 15m --json",
      description: "Without a file, as JSON",
    },
  ]),
)

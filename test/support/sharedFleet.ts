/**
 * Fleets of the built extension over a real engine: environments of local Lambda that share a local AWS and a tier. The tests of
 * the shared tier start them together or one after the other, and break what they share.
 */
import { DeleteTableCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb"
import { Context, Effect, Layer, Schedule } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, seedFrom } from "../../local/aws/seed.ts"
import { makeFleet } from "../../local/fleet/Fleet.ts"
import { readAll, startAndRead, storm } from "../../local/fleet/Storm.ts"
import { clientsFor, REGION, sdk } from "./aws.ts"
import { type Artifact, EXTENSION, programOf } from "./extension.ts"
import { folderOf } from "./lambda.ts"

const TABLE = "shared-tier"
const PER_CALL = 10

interface SharedFleetOptions {
  readonly artifact: Artifact
  readonly environments: number
  /** How many parameters. Default: 30, which are three calls. */
  readonly parameters?: number
  /** Requests a second of Parameter Store. Default: any number. */
  readonly quota?: number
  /** Milliseconds that each call takes. */
  readonly latency?: number
  /** Further lines of `shared` in config.yaml. */
  readonly shared?: ReadonlyArray<string>
  /** Further parameters in AWS that config.yaml does not list, by name. */
  readonly others?: Readonly<Record<string, string>>
  /** The encryption keys of environments differ: the line of config.yaml, by number. */
  readonly encryption?: (number: number) => string
  /** How far the clock of an environment is ahead, in milliseconds, by number. Only on Node. */
  readonly clock?: (number: number) => number
}

/** Sets the clock of a Node process ahead. */
const shiftOf = (milliseconds: number): string => `
const Real = Date
globalThis.Date = class Date extends Real {
  constructor(...args) { if (args.length === 0) super(Real.now() + ${milliseconds}); else super(...args) }
  static now() { return Real.now() + ${milliseconds} }
}
`

/** A folder of extensions with the program on Node, whose clock is ahead. */
const withClock = Effect.fnUntraced(function* (artifact: Artifact, ahead: number) {
  const [node, main] = programOf(artifact)
  const folder = yield* folderOf({ "shift.cjs": shiftOf(ahead) })
  const extensions = path.join(folder, "extensions")
  mkdirSync(extensions)
  const shift = path.join(folder, "shift.cjs")
  writeFileSync(
    path.join(extensions, EXTENSION),
    `#!/bin/sh\nexec '${node}' --require '${shift}' '${main}' "\${0##*/}"\n`,
    { mode: 0o755 },
  )
  return extensions
})

/** A fleet with an empty tier, none of it started. */
export const makeSharedFleet = Effect.fnUntraced(function* (options: SharedFleetOptions) {
  const {
    artifact,
    clock,
    encryption,
    environments,
    others = {},
    parameters = 30,
    quota,
    shared = [],
  } = options
  const names = Array.from({ length: parameters }, (_, index) => `/fleet/p${index}`)
  const valueOf = (name: string) => `value of ${name}`
  const aws = Context.get(yield* Layer.build(Layer.fresh(AwsEmulator.layer())), AwsEmulator)
  const table = { name: TABLE, hashKey: { name: "key", type: "S" as const } }
  yield* seedFrom(aws.endpoint, {
    region: REGION,
    tables: [table],
    parameters: [
      ...names.map((name) => ({ name, value: valueOf(name) })),
      ...Object.entries(others).map(([name, value]) => ({ name, value, type: "SecureString" as const })),
    ],
  })
  const configOf = (number: number): string =>
    [
      "parameters:",
      `  - { names: [${names.join(", ")}], ttl: 1h${encryption === undefined ? ", shared: plain" : ""} }`,
      "shared:",
      `  store: dynamodb://${TABLE}`,
      "  namespace: fleet",
      ...[...shared, ...(encryption === undefined ? [] : [encryption(number)])].map((line) => `  ${line}`),
    ].join("\n")
  const folder = yield* folderOf(
    Object.fromEntries(
      Array.from({ length: environments }, (_, number) => [`${number}.yaml`, configOf(number)]),
    ),
  )
  const folders = yield* Effect.forEach(Array.from({ length: environments }).keys(), (number) =>
    clock === undefined ? Effect.succeed(artifact.extensionsFolder) : withClock(artifact, clock(number)),
  )
  const fleet = yield* makeFleet({
    environments,
    variables: (number) => ({
      AWS_ENDPOINT_URL: aws.endpoint,
      CACHE_EXTENSION_CONFIG: path.join(folder, `${number}.yaml`),
    }),
    lambda: (number) => ({
      extensionsFolder: folders[number] ?? artifact.extensionsFolder,
      region: REGION,
      credentials: { ...LOCAL_CREDENTIALS, sessionToken: "local" },
    }),
  })
  yield* aws.calls.clear
  yield* aws.latency.set(options.latency ?? 20)
  if (quota !== undefined) yield* aws.quota.set({ ssm: quota })

  const { dynamo } = yield* clientsFor(aws.endpoint)
  const memberAt = (number: number) => {
    const member = fleet[number]
    if (member === undefined) throw new Error(`there is no environment ${number}`)
    return member
  }
  const linesOf = (number: number): ReadonlyArray<string> =>
    memberAt(number)
      .lambda.logs.all()
      .filter(({ source }) => source === "extension")
      .map(({ line }) => line)

  /** The records of the tier, without its leases. */
  const stored = Effect.map(
    sdk(() => dynamo.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }))),
    ({ Items = [] }) => Items.filter((item) => item["body"] !== undefined),
  )

  return {
    aws,
    names,
    /** What every environment should serve. */
    values: Object.fromEntries(names.map((name) => [name, valueOf(name)])),
    /** The least number of calls that bring all parameters. */
    batches: Math.ceil(names.length / PER_CALL),
    /** Calls to Parameter Store for what config.yaml lists. */
    calls: Effect.map(
      aws.calls.all,
      (all) => all.filter(({ operation }) => operation === "GetParameters").length,
    ),
    /** Starts all at the same moment. */
    storm: Effect.orDie(storm(fleet, names)),
    /** Starts one, and reads until it has all parameters. */
    start: (number: number) => Effect.orDie(startAndRead(memberAt(number), names)),
    /** Starts one, whatever becomes of it. */
    begin: (number: number) => Effect.exit(memberAt(number).lambda.init),
    read: (number: number) => Effect.orDie(readAll(memberAt(number).port, names)),
    port: (number: number) => memberAt(number).port,
    signal: (number: number, signal: NodeJS.Signals) => memberAt(number).lambda.signal(EXTENSION, signal),
    linesOf,
    /** Empties the tier. */
    emptyTier: Effect.gen(function* () {
      yield* sdk(() => dynamo.send(new DeleteTableCommand({ TableName: TABLE })))
      yield* Effect.orDie(seedFrom(aws.endpoint, { region: REGION, tables: [table] }))
    }),
    /** Replaces the body of every record, once all are written: one for each name, and one for each batch. */
    spoilTier: (body: string) =>
      Effect.gen(function* () {
        const records = yield* Effect.repeat(stored, {
          until: (items) => items.length === names.length + Math.ceil(names.length / PER_CALL),
          schedule: Schedule.spaced("20 millis"),
        })
        yield* Effect.forEach(records, (item) =>
          sdk(() =>
            dynamo.send(new PutItemCommand({ TableName: TABLE, Item: { ...item, body: { S: body } } })),
          ),
        )
      }),
    /** All that is in the tier, as text. */
    tierText: Effect.map(
      sdk(() => dynamo.send(new ScanCommand({ TableName: TABLE }))),
      ({ Items }) => JSON.stringify(Items),
    ),
  }
}, Effect.orDie)

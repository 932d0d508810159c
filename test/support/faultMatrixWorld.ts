/**
 * The environment of a column of the fault matrix: a built extension with an entry of each source, and a fault that can
 * start before an action or during a freeze in the middle of it.
 */
import { Effect, Fiber, type Scope } from "effect"
import { type Call } from "../../local/aws/Calls.ts"
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { REGION } from "./aws.ts"
import { openConstant } from "./constantEngine.ts"
import { type Artifact, type Environment, EXTENSION, makeEnvironment } from "./extension.ts"
import { freePort } from "./extensionHttp.ts"
import { type Fault } from "./faultMatrixFaults.ts"
import { endpointAt, makeNetwork, type Network, withOwnHosts } from "./faultMatrixNetwork.ts"

export const MOMENTS = ["at load", "at first read", "at expiry", "at refresh"] as const
type Moment = (typeof MOMENTS)[number]

/** What the cache reads from, each with an entry: all kinds, and a path of Parameter Store beside a parameter. */
export const SERVICES = ["parameters", "paths", "secrets", "dynamodb", "queries", "appconfig", "sql"] as const
export type Service = (typeof SERVICES)[number]

/** One value per service. */
export type PerService<A> = Readonly<Record<Service, A>>

interface Naming {
  /** As local AWS calls the service. */
  readonly aws: Call["service"]
  /** As the metrics call it. */
  readonly metric: string
  /** Its operations, where another source asks the same service. */
  readonly operations?: ReadonlyArray<string>
}

const NAMES: PerService<Naming> = {
  parameters: { aws: "ssm", metric: "SSM", operations: ["GetParameter", "GetParameters"] },
  paths: { aws: "ssm", metric: "SSM", operations: ["GetParametersByPath"] },
  secrets: { aws: "secretsmanager", metric: "SECRETS_MANAGER" },
  dynamodb: { aws: "dynamodb", metric: "DYNAMODB", operations: ["GetItem", "BatchGetItem"] },
  queries: { aws: "dynamodb", metric: "DYNAMODB", operations: ["Query"] },
  appconfig: { aws: "appconfig", metric: "APPCONFIGDATA" },
  sql: { aws: "rds-data", metric: "RDS_DATA" },
}

/** Whether local AWS was called for this source. */
const isCallOf =
  (service: Service) =>
  (call: Call): boolean =>
    call.service === NAMES[service].aws && (NAMES[service].operations?.includes(call.operation) ?? true)

/** Whether a line of the counter of calls is about this source. */
export const isCountOf =
  (service: Service) =>
  (line: string): boolean => {
    const { metric, operations } = NAMES[service]
    const isIts = (operation: string) => line.includes(`operation="${operation}"`)
    return line.includes(`service="${metric}"`) && (operations?.some(isIts) ?? true)
  }

export interface Place {
  readonly artifact: Artifact
  readonly fault: Fault
  readonly moment: Moment
  /** Whether the extension is stopped while its calls are in flight. */
  readonly isFrozen: boolean
}

/** Longer than an attempt may take (1.15 s): a thawed call finds its time over, and its answer waiting. */
const FREEZE = 1_500
/** How long a call is in flight when it is to be met by a freeze there. */
const FLIGHT = 400
/** How much longer than unfrozen something may take. */
export const FREEZE_COSTS = FREEZE + FLIGHT

/** So that a value with a ttl of 0 is too old when it is read. */
const AGING = 5

/** Bun remembers addresses for 30 s; here a name is to fail soon after it is gone (within the second it does not). */
const FORGETFUL = { BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS: "0" }

const POLICIES: { readonly [M in Moment]: string } = {
  "at load": "{}",
  "at first read": "{}",
  "at expiry": "{ ttl: 0s }",
  "at refresh": "{ ttl: 0s, stale_while_revalidate: 1h }",
}

const configOf = (moment: Moment) => `
cache: ${POLICIES[moment]}
parameters:
  - names: [A]
  - paths: [/tree/]
secrets:
  - names: [S]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
  - { name: things, table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, query: {} }
appconfig:
  - { application: shop, environment: prod, profile: flags }
sql:
  - name: things
    resource_arn: arn:aws:rds:${REGION}:123456789012:cluster:shop
    secret_arn: arn:aws:secretsmanager:${REGION}:123456789012:secret:db-AbCdEf
    database: shop
    statement: SELECT value FROM things
`

/** How the entries are read. */
export const TARGETS: PerService<string> = {
  parameters: "/parameters?name=A",
  paths: "/parameters?path=/tree/",
  secrets: "/secrets?name=S",
  dynamodb: "/dynamodb?name=Things-one",
  queries: "/dynamodb?name=things",
  appconfig: "/appconfig?name=shop/prod/flags",
  sql: "/sql?name=things",
}

/** What AWS holds. */
export const seedOf = (value: "old" | "new") => ({
  region: REGION,
  parameters: ["A", "/tree/one", "/tree/two"].map((name) => ({ name, value })),
  secrets: [{ name: "S", value }],
  tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one", value }] }],
  appconfig: [
    // AppConfig itself lets 15 s pass between two questions.
    { application: "shop", environment: "prod", profile: "flags", content: value, pollInterval: 0 },
  ],
  databases: [{ cluster: "shop", name: "shop", sql: value }],
})

/** Whether a value was loaded before the fault. */
export const hasOldValue = (moment: Moment): boolean => moment === "at expiry" || moment === "at refresh"

/** Does the same for each service, at once. */
export const forServices = <A, R>(
  each: (service: Service) => Effect.Effect<A, never, R>,
): Effect.Effect<PerService<A>, never, R> =>
  Effect.all(
    {
      parameters: each("parameters"),
      paths: each("paths"),
      secrets: each("secrets"),
      dynamodb: each("dynamodb"),
      queries: each("queries"),
      appconfig: each("appconfig"),
      sql: each("sql"),
    },
    { concurrency: "unbounded" },
  )

interface World {
  /** Not yet initialised. */
  readonly environment: Environment
  /** Does something while the fault holds, which then goes on. */
  readonly under: <A>(act: Effect.Effect<A>) => Effect.Effect<A, never, Scope.Scope>
  /** Ends the fault. */
  readonly mend: Effect.Effect<void>
}

/** Runs an act, and stops the extension for a while as soon as a call of each service is in flight. */
const freezeInFlight = <A>(
  { aws, lambda }: Environment,
  act: Effect.Effect<A>,
  meanwhile: Effect.Effect<void>,
) =>
  Effect.gen(function* () {
    yield* aws.calls.clear
    yield* aws.latency.set(FLIGHT)
    const acting = yield* Effect.forkScoped(act)
    yield* forServices((service) => aws.calls.until(isCallOf(service)))
    yield* lambda.pause(EXTENSION)
    yield* meanwhile
    yield* Effect.sleep(FREEZE)
    yield* aws.latency.set(AGING)
    yield* lambda.resume(EXTENSION)
    return yield* Fiber.join(acting)
  })

/** The fault in AWS's answers: a call in flight will meet it too. */
const answering = (environment: Environment, effect: FaultEffect, isFrozen: boolean) => {
  const strike = environment.aws.faults.inject({ effect })
  return {
    under: <A>(act: Effect.Effect<A>) =>
      Effect.andThen(strike, isFrozen ? freezeInFlight(environment, act, Effect.void) : act),
    mend: environment.aws.faults.clear,
  }
}

/** The fault in the network. Calls in flight wait for answers that never come, whatever becomes of their connections. */
const disconnecting = (environment: Environment, network: Network, isFrozen: boolean) => {
  const { faults } = environment.aws
  const hang = faults.inject({ effect: { kind: "hang" } })
  const meanwhile = Effect.andThen(faults.clear, network.fail)
  return {
    under: <A>(act: Effect.Effect<A>) =>
      isFrozen
        ? Effect.andThen(hang, freezeInFlight(environment, act, meanwhile))
        : Effect.andThen(network.fail, act),
    mend: network.mend,
  }
}

/** The world of a place. Everything is gone with the scope. */
export const makeWorld = Effect.fnUntraced(function* ({ artifact, fault, isFrozen, moment }: Place) {
  const { cause } = fault
  const options = {
    artifact,
    config: configOf(moment),
    seed: seedOf(hasOldValue(moment) ? "old" : "new"),
    preload: moment !== "at first read",
    latency: AGING,
    lambda: { freeze: false },
    openEngine: openConstant,
  }
  if (cause.kind === "answer") {
    const environment = yield* makeEnvironment(options)
    const world: World = { environment, ...answering(environment, cause.effect, isFrozen) }
    return world
  }
  const { outage } = cause
  const port = yield* freePort
  const { extensionsFolder, hosts } = yield* withOwnHosts(artifact.extensionsFolder, EXTENSION)
  const environment = yield* makeEnvironment({
    ...options,
    artifact: outage === "unknownName" ? { ...artifact, extensionsFolder } : artifact,
    variables: FORGETFUL,
    endpointOf: () => endpointAt(outage, port),
  })
  const network = yield* makeNetwork(outage, port, environment.aws.port, hosts)
  const world: World = { environment, ...disconnecting(environment, network, isFrozen) }
  return world
})

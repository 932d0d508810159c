/**
 * The environment of a cell of the fault matrix: a built extension with an entry of each source, and a fault that can start
 * before an action or during a freeze in the middle of it.
 */
import { Effect, Fiber, type Scope } from "effect"
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { openConstant } from "./constantEngine.ts"
import { type Artifact, type Environment, EXTENSION, makeEnvironment } from "./extension.ts"
import { freePort } from "./extensionHttp.ts"
import { type Fault } from "./faultMatrixFaults.ts"
import { endpointAt, makeNetwork, type Network, withOwnHosts } from "./faultMatrixNetwork.ts"
import {
  configOf,
  type Content,
  forServices,
  hasOldValue,
  isCallOf,
  type Moment,
  seedOf,
  servicesAt,
} from "./faultMatrixSources.ts"
import { makeWeb, type Web } from "./faultMatrixWeb.ts"

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

interface World {
  /** Not yet initialised. */
  readonly environment: Environment
  /** Puts another value everywhere. */
  readonly put: (value: Content) => Effect.Effect<void>
  /** Does something while the fault holds, which then goes on. */
  readonly under: <A>(act: Effect.Effect<A>) => Effect.Effect<A, never, Scope.Scope>
  /** Ends the fault. */
  readonly mend: Effect.Effect<void>
}

/** An extension, and everything that it reads from. */
interface Parts {
  readonly environment: Environment
  readonly web: Web
  readonly moment: Moment
}

/** How long each answer takes. */
const setLatency = ({ environment, web }: Parts, milliseconds: number) =>
  Effect.andThen(environment.aws.latency.set(milliseconds), web.setLatency(milliseconds))

/** Runs an act, and stops the extension for a while as soon as a call of each service is in flight. */
const freezeInFlight = <A>(parts: Parts, act: Effect.Effect<A>, meanwhile: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const { environment, moment, web } = parts
    const { aws, lambda } = environment
    yield* aws.calls.clear
    yield* web.forget
    yield* setLatency(parts, FLIGHT)
    const acting = yield* Effect.forkScoped(act)
    yield* forServices(servicesAt(moment), (service) =>
      service === "http" ? web.asked : Effect.asVoid(aws.calls.until(isCallOf(service))),
    )
    yield* lambda.pause(EXTENSION)
    yield* meanwhile
    yield* Effect.sleep(FREEZE)
    yield* setLatency(parts, AGING)
    yield* lambda.resume(EXTENSION)
    return yield* Fiber.join(acting)
  })

/** Ends what was injected. */
const clearFaults = ({ environment, web }: Parts) => Effect.andThen(environment.aws.faults.clear, web.clear)

type AnswerCause = Extract<Fault["cause"], { readonly kind: "answer" }>

/** Local AWS follows the first rule that matches. */
const strike = ({ environment, web }: Parts, { effect, s3, web: onWeb }: AnswerCause) => {
  const { inject } = environment.aws.faults
  return Effect.all(
    [
      s3 === undefined ? Effect.void : inject({ service: "s3", effect: s3 }),
      inject({ effect }),
      onWeb === undefined ? Effect.void : web.inject(onWeb),
    ],
    { discard: true },
  )
}

/** The fault in the answers: a call in flight will meet it too. */
const answering = (parts: Parts, cause: AnswerCause, isFrozen: boolean) => ({
  under: <A>(act: Effect.Effect<A>) =>
    Effect.andThen(strike(parts, cause), isFrozen ? freezeInFlight(parts, act, Effect.void) : act),
  mend: clearFaults(parts),
})

const HANG = { kind: "hang" } as const satisfies FaultEffect

/** The fault in the network. Calls in flight wait for answers that never come, whatever becomes of their connections. */
const disconnecting = (parts: Parts, network: Network, isFrozen: boolean) => {
  const hang = strike(parts, { kind: "answer", effect: HANG, web: HANG })
  const meanwhile = Effect.andThen(clearFaults(parts), network.fail)
  return {
    under: <A>(act: Effect.Effect<A>) =>
      isFrozen
        ? Effect.andThen(hang, freezeInFlight(parts, act, meanwhile))
        : Effect.andThen(network.fail, act),
    mend: network.mend,
  }
}

/** The world of a place. Everything is gone with the scope. */
export const makeWorld = Effect.fnUntraced(function* ({ artifact, fault, isFrozen, moment }: Place) {
  const { cause } = fault
  const content = hasOldValue(moment) ? "old" : "new"
  const web = yield* makeWeb(content, AGING)
  const options = {
    artifact,
    seed: seedOf(content),
    preload: moment !== "at first read",
    latency: AGING,
    lambda: { freeze: false },
    openEngine: openConstant,
  }
  const putIn = (environment: Environment) => (value: Content) =>
    Effect.andThen(web.put(value), Effect.orDie(seedFrom(environment.aws.endpoint, seedOf(value))))

  if (cause.kind === "answer") {
    const environment = yield* makeEnvironment({ ...options, config: configOf(moment, web.url) })
    const parts: Parts = { environment, web, moment }
    const world: World = { environment, put: putIn(environment), ...answering(parts, cause, isFrozen) }
    return world
  }
  const { outage } = cause
  const port = yield* freePort
  const webPort = yield* freePort
  const { extensionsFolder, hosts } = yield* withOwnHosts(artifact.extensionsFolder, EXTENSION)
  const environment = yield* makeEnvironment({
    ...options,
    config: configOf(moment, endpointAt("web", outage, webPort)),
    artifact: outage === "unknownName" ? { ...artifact, extensionsFolder } : artifact,
    variables: FORGETFUL,
    endpointOf: () => endpointAt("aws", outage, port),
  })
  const toAws = yield* makeNetwork(outage, port, environment.aws.port, hosts)
  const toWeb = yield* makeNetwork(outage, webPort, web.port, hosts)
  const network: Network = {
    fail: Effect.andThen(toAws.fail, toWeb.fail),
    mend: Effect.andThen(toAws.mend, toWeb.mend),
  }
  const parts: Parts = { environment, web, moment }
  const world: World = { environment, put: putIn(environment), ...disconnecting(parts, network, isFrozen) }
  return world
})

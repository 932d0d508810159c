/**
 * Local AWS as the backend of a session: one port for the whole session, seeded again when the seed has changed.
 *
 * Without a seed file it holds sample values for what config.yaml lists (`sampleSeed.ts`). What the function writes stays
 * until the seed changes.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { stringify } from "yaml"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import type { Calls } from "../../local/aws/Calls.ts"
import { LOCAL_CREDENTIALS, type Seed, seedFrom } from "../../local/aws/seed.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import { DEFAULT_REGION } from "../aws/region.ts"
import { CommandFailed } from "../failures.ts"
import { readSeed } from "../seed/seedFile.ts"
import type { Backend } from "./Backend.ts"
import { sampleSeed } from "./sampleSeed.ts"
import { shown } from "./target.ts"

/** How slow and how busy local AWS is. */
export interface LocalLimits {
  /** Milliseconds that each call takes. */
  readonly latency: number
  /** Requests a second that Parameter Store answers; undefined: any number. */
  readonly quota: number | undefined
}

export interface LocalAwsOptions extends LocalLimits {
  /** Undefined: sample values. */
  readonly seedFile: string | undefined
  /** Undefined: that of the seed, else us-east-1. */
  readonly region: string | undefined
}

const failed = ({ message }: { readonly message: string }) => new CommandFailed({ reason: message })

/** An emulator in a scope of its own, which ends with the session's or before, so that another one can take its port. */
const open = Effect.fnUntraced(function* (port: number, session: Scope.Scope) {
  const scope = yield* Scope.fork(session)
  const services = yield* Layer.buildWithScope(AwsEmulator.layer({ port }), scope).pipe(
    Effect.mapError(failed),
    Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
  )
  return { aws: Context.get(services, AwsEmulator), scope }
})

/** What is said of made-up values: all of them, so that nobody takes them for their own. */
const samplesLine = (seed: Seed): string => {
  const filled = Object.fromEntries(Object.entries(seed).filter(([, entries]) => entries.length > 0))
  return Object.keys(filled).length === 0
    ? "There is no seed file, and config.yaml lists nothing, so local AWS is empty."
    : `There is no seed file, so local AWS holds made-up values. To have your own, save this as seed.yaml:\n\n${stringify(filled)}`
}

/** Starts local AWS. Fails if the seed file has faults. */
export const localAws = Effect.fnUntraced(function* ({ latency, quota, region, seedFile }: LocalAwsOptions) {
  const first = seedFile === undefined ? {} : yield* readSeed(seedFile)
  const home = region ?? first.region ?? DEFAULT_REGION
  const session = yield* Effect.scope
  let current = yield* open(0, session)
  const { endpoint, port } = current.aws
  let seeded: string | undefined

  const reopen = Effect.gen(function* () {
    yield* Scope.close(current.scope, Exit.void)
    current = yield* open(port, session)
  })

  const prepare = Effect.fnUntraced(function* (plan: PlanShape) {
    const seed = seedFile === undefined ? sampleSeed(plan) : yield* readSeed(seedFile)
    const text = JSON.stringify(seed)
    if (text === seeded) return []
    // A seed that replaces another begins with an empty AWS, so that what it no longer has is gone.
    if (seeded !== undefined) yield* reopen
    seeded = undefined
    yield* current.aws.latency.set(0)
    yield* current.aws.quota.set({})
    yield* seedFrom(endpoint, { ...seed, region: seed.region ?? home }).pipe(Effect.mapError(failed))
    yield* current.aws.calls.clear
    yield* current.aws.latency.set(latency)
    if (quota !== undefined) yield* current.aws.quota.set({ ssm: quota })
    seeded = text
    const slow = latency === 0 ? "" : ` and takes ${latency} ms a call`
    const busy = quota === undefined ? "" : ` Its Parameter Store answers ${quota} requests a second.`
    return seedFile === undefined
      ? [`${samplesLine(seed)}${busy}`]
      : [`Local AWS at ${endpoint} holds ${shown(seedFile)}${slow}.${busy}`]
  })

  const calls: Calls = {
    all: Effect.suspend(() => current.aws.calls.all),
    next: (matches) => Effect.suspend(() => current.aws.calls.next(matches)),
    until: (matches, count) => Effect.suspend(() => current.aws.calls.until(matches, count)),
    countOf: (service) => Effect.suspend(() => current.aws.calls.countOf(service)),
    clear: Effect.suspend(() => current.aws.calls.clear),
  }
  const backend: Backend = {
    title: `local AWS at ${endpoint} (region ${home})`,
    region: home,
    credentials: { ...LOCAL_CREDENTIALS, sessionToken: "local" },
    variables: { AWS_ENDPOINT_URL: endpoint },
    calls,
    files: seedFile === undefined ? [] : [seedFile],
    prepare,
    expired: Effect.never,
  }
  return { ...backend, endpoint }
})

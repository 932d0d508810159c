/**
 * Obtains keys from AWS for a ring: callers share one call for each key, nobody waits long for it, and a failure is remembered
 * for a few seconds, so that an AWS that refuses does not delay every read.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { makeLruMap } from "../../aws/LruMap.ts"
import { CipherError } from "../Cipher.ts"

/** How long a caller waits for a key. The call goes on, so a later record finds the key. In milliseconds. */
export const KEY_TIMEOUT = 500

/** How long a failure is remembered, in milliseconds. */
const FAILURE_KEPT = 5_000

/** How many failures are remembered. */
const MAX_FAILURES = 100

interface Failure {
  readonly error: CipherError
  readonly at: number
}

/** Obtains what belongs to a name, unless it has just failed. */
export type Obtain<A> = (name: string, call: Effect.Effect<A, CipherError>) => Effect.Effect<A, CipherError>

const late = new CipherError({ detail: "no key in time" })

/** `timeout` is in milliseconds. The scope ends calls under way. */
export const makeObtain = <A>(timeout = KEY_TIMEOUT): Effect.Effect<Obtain<A>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const calls = yield* FiberMap.make<string, A, CipherError>()
    const failures = makeLruMap<string, Failure>(MAX_FAILURES)

    const remember = (name: string) => (error: CipherError) =>
      Effect.sync(() => failures.set(name, { error, at: clock.currentTimeMillisUnsafe() }))

    /** Joins the call under way or makes one, in one step. */
    const start = (name: string, call: Effect.Effect<A, CipherError>) =>
      Effect.map(FiberMap.runtime(calls)(), (fork) =>
        Option.getOrElse(FiberMap.getUnsafe(calls, name), () =>
          fork(name, Effect.tapError(call, remember(name))),
        ),
      )

    return (name, call) =>
      Effect.suspend(() => {
        const failure = failures.get(name)
        const age = clock.currentTimeMillisUnsafe() - (failure?.at ?? -Infinity)
        if (failure !== undefined && age >= 0 && age < FAILURE_KEPT) return Effect.fail(failure.error)
        return Effect.flatMap(start(name, call), Fiber.join).pipe(
          Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(late) }),
        )
      })
  })

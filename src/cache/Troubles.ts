/**
 * The entries whose fetches fail, as the log tells of them: once when it begins and once when it is over, not at each
 * try between.
 *
 * That a name does not exist is trouble where config.yaml lists it; elsewhere it is an answer like others.
 */
import * as Effect from "effect/Effect"
import type { Entry, EntryKey } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import type { Held } from "./Slot.ts"

/** What a fetch was begun for. */
export type Purpose = "load" | "read" | "refresh"

export interface Failure {
  readonly error: SourceError
  readonly purpose: Purpose
  /** The value that is there nevertheless. */
  readonly held: Held | undefined
}

export interface Troubles {
  /** A fetch failed at `now`, in milliseconds since the epoch. */
  readonly failed: (entry: Entry, failure: Failure, now: number) => Effect.Effect<void>
  /** A fetch brought a value at `now`. */
  readonly succeeded: (entry: Entry, now: number) => Effect.Effect<void>
}

interface Trouble {
  readonly since: number
  failures: number
}

const seconds = (milliseconds: number): string => `${Math.max(0, Math.round(milliseconds / 1_000))} s`

/** What the log says when an entry begins to fail. */
export const describeFailure = ({ key }: Entry, { error, held, purpose }: Failure, now: number): string => {
  if (purpose === "load")
    return `${key} could not be loaded and will be tried again at its first read: ${error.message}`
  const meanwhile = held === undefined ? "" : `; there is a value of ${seconds(now - held.fetchedAt)} ago`
  return `${key} began to fail: ${error.reason._tag}: ${error.message}${meanwhile}`
}

/** What the log says when it is over. */
export const describeRecovery = ({ key }: Entry, { failures, since }: Trouble, now: number): string =>
  `${key} recovered after ${failures} ${failures === 1 ? "failure" : "failures"} in ${seconds(now - since)}`

/** `maxTroubles`: so many are remembered; while there are more, the others are not logged. */
export const make = (isListed: (key: EntryKey) => boolean, maxTroubles: number): Troubles => {
  const troubles = new Map<EntryKey, Trouble>()

  const failed: Troubles["failed"] = (entry, failure, now) =>
    Effect.suspend(() => {
      const { key } = entry
      if (failure.error.reason._tag === "NotFound" && !isListed(key)) {
        troubles.delete(key)
        return Effect.void
      }
      const trouble = troubles.get(key)
      if (trouble !== undefined) trouble.failures += 1
      if (trouble !== undefined || troubles.size >= maxTroubles) return Effect.void
      troubles.set(key, { since: now, failures: 1 })
      return Effect.logWarning(describeFailure(entry, failure, now))
    })

  const succeeded: Troubles["succeeded"] = (entry, now) =>
    Effect.suspend(() => {
      const trouble = troubles.get(entry.key)
      if (trouble === undefined) return Effect.void
      troubles.delete(entry.key)
      return Effect.logInfo(describeRecovery(entry, trouble, now))
    })

  return { failed, succeeded }
}

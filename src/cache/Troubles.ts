/**
 * The entries whose fetches fail, as the log tells of them: once when it begins and once when it is over, not at each
 * try between.
 *
 * A missing name is trouble only if config.yaml lists it; otherwise "not found" is an ordinary answer. Unlisted names can be
 * invented without limit, so all versions of a listed name share one trouble, and only some of the others are logged.
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
  /** The older value, if there is one. */
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
  lastAt: number
  failures: number
}

/** The key of a trouble: that of an entry, or one for all versions of a listed entry. */
type TroubleKey = EntryKey | `versions of ${EntryKey}`

const troubleKey = ({ key, listedAs }: Entry): TroubleKey =>
  listedAs === undefined ? key : `versions of ${listedAs}`

/** An unlisted entry that has not failed for this long is forgotten. In milliseconds. */
const FORGOTTEN_AFTER = 5 * 60_000

const seconds = (milliseconds: number): string => `${Math.max(0, Math.round(milliseconds / 1_000))} s`

/** What the log says when an entry begins to fail. */
export const describeFailure = ({ key }: Entry, { error, held, purpose }: Failure, now: number): string => {
  if (purpose === "load")
    return `${key} could not be loaded and will be tried again at its first read: ${error.message}`
  const meanwhile = held === undefined ? "" : `; there is a value of ${seconds(now - held.fetchedAt)} ago`
  return `${key} began to fail: ${error.reason._tag}: ${error.message}${meanwhile}`
}

/** What the log says when it is over. */
export const describeRecovery = (
  entry: Entry,
  { failures, since }: Pick<Trouble, "failures" | "since">,
  now: number,
): string =>
  `${troubleKey(entry)} recovered after ${failures} ${failures === 1 ? "failure" : "failures"} in ${seconds(now - since)}`

/**
 * `maxUnlisted`: how many troubles of unlisted entries are remembered; further ones are not logged. Listed entries have no
 * such limit, as config.yaml limits their number.
 */
export const make = (isListed: (key: EntryKey) => boolean, maxUnlisted: number): Troubles => {
  const listed = new Map<TroubleKey, Trouble>()
  const unlisted = new Map<TroubleKey, Trouble>()
  const troublesWith = ({ key, listedAs }: Entry) =>
    isListed(key) || listedAs !== undefined ? listed : unlisted

  /** Whether one more may be remembered. Those that have not failed for long make room. */
  const hasRoom = (now: number): boolean => {
    if (unlisted.size < maxUnlisted) return true
    for (const [key, { lastAt }] of unlisted) if (now - lastAt >= FORGOTTEN_AFTER) unlisted.delete(key)
    return unlisted.size < maxUnlisted
  }

  const failed: Troubles["failed"] = (entry, failure, now) =>
    Effect.suspend(() => {
      const key = troubleKey(entry)
      const troubles = troublesWith(entry)
      if (failure.error.reason._tag === "NotFound" && !isListed(entry.key)) {
        if (troubles === unlisted) unlisted.delete(key)
        return Effect.void
      }
      const trouble = troubles.get(key)
      if (trouble !== undefined) {
        trouble.failures += 1
        trouble.lastAt = now
      }
      if (trouble !== undefined || (troubles === unlisted && !hasRoom(now))) return Effect.void
      troubles.set(key, { since: now, lastAt: now, failures: 1 })
      return Effect.logWarning(describeFailure(entry, failure, now))
    })

  const succeeded: Troubles["succeeded"] = (entry, now) =>
    Effect.suspend(() => {
      const key = troubleKey(entry)
      const troubles = troublesWith(entry)
      const trouble = troubles.get(key)
      if (trouble === undefined) return Effect.void
      troubles.delete(key)
      return Effect.logInfo(describeRecovery(entry, trouble, now))
    })

  return { failed, succeeded }
}

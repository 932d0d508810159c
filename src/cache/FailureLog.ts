/**
 * Logs when the fetches of an entry begin to fail and when they recover, but not each attempt in between.
 *
 * A missing name counts as a failure only if config.yaml lists it; otherwise "not found" is an ordinary answer. Functions
 * can make up any number of unlisted names, so all versions of a listed name share one record, and only a limited number of
 * others are tracked.
 */
import * as Effect from "effect/Effect"
import type { Entry, EntryKey } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import type { Held } from "./Slot.ts"

/** Why a fetch was started. */
export type Purpose = "load" | "read" | "refresh"

export interface Failure {
  readonly error: SourceError
  readonly purpose: Purpose
  /** The older value, if there is one. */
  readonly held: Held | undefined
}

export interface FailureLog {
  /** A fetch failed at `now`, in milliseconds since the epoch. */
  readonly failed: (entry: Entry, failure: Failure, now: number) => Effect.Effect<void>
  /** A fetch returned a value at `now`. */
  readonly succeeded: (entry: Entry, now: number) => Effect.Effect<void>
}

interface Failing {
  readonly since: number
  lastAt: number
  failures: number
}

/** The key of an entry, or one for all versions of a listed entry. */
type FailureKey = EntryKey | `versions of ${EntryKey}`

const failureKey = ({ key, listedAs }: Entry): FailureKey =>
  listedAs === undefined ? key : `versions of ${listedAs}`

/** An unlisted entry that has not failed for this long is forgotten. In milliseconds. */
const FORGOTTEN_AFTER = 5 * 60_000

const seconds = (milliseconds: number): string => `${Math.max(0, Math.round(milliseconds / 1_000))} s`

/** What the log says when an entry begins to fail. */
const describeFailure = ({ key }: Entry, { error, held, purpose }: Failure, now: number): string => {
  if (purpose === "load")
    return `${key} could not be loaded and will be tried again at its first read: ${error.message}`
  const meanwhile = held === undefined ? "" : `; there is a value of ${seconds(now - held.fetchedAt)} ago`
  return `${key} began to fail: ${error.reason._tag}: ${error.message}${meanwhile}`
}

/** What the log says when it recovers. */
const describeRecovery = (
  entry: Entry,
  { failures, since }: Pick<Failing, "failures" | "since">,
  now: number,
): string =>
  `${failureKey(entry)} recovered after ${failures} ${failures === 1 ? "failure" : "failures"} in ${seconds(now - since)}`

/**
 * `maxUnlisted`: how many unlisted entries are tracked at once; the failures of others are not logged. config.yaml bounds the
 * number of listed ones.
 */
export const make = (isListed: (key: EntryKey) => boolean, maxUnlisted: number): FailureLog => {
  const listed = new Map<FailureKey, Failing>()
  const unlisted = new Map<FailureKey, Failing>()
  const recordsFor = ({ key, listedAs }: Entry) =>
    isListed(key) || listedAs !== undefined ? listed : unlisted

  /** Whether one more entry can be tracked. Drops entries that have not failed for a while. */
  const hasRoom = (now: number): boolean => {
    if (unlisted.size < maxUnlisted) return true
    for (const [key, { lastAt }] of unlisted) if (now - lastAt >= FORGOTTEN_AFTER) unlisted.delete(key)
    return unlisted.size < maxUnlisted
  }

  const failed: FailureLog["failed"] = (entry, failure, now) =>
    Effect.suspend(() => {
      const key = failureKey(entry)
      const records = recordsFor(entry)
      if (failure.error.reason._tag === "NotFound" && !isListed(entry.key)) {
        if (records === unlisted) unlisted.delete(key)
        return Effect.void
      }
      const record = records.get(key)
      if (record !== undefined) {
        record.failures += 1
        record.lastAt = now
      }
      if (record !== undefined || (records === unlisted && !hasRoom(now))) return Effect.void
      records.set(key, { since: now, lastAt: now, failures: 1 })
      return Effect.logWarning(describeFailure(entry, failure, now))
    })

  const succeeded: FailureLog["succeeded"] = (entry, now) =>
    Effect.suspend(() => {
      const key = failureKey(entry)
      const records = recordsFor(entry)
      const record = records.get(key)
      if (record === undefined) return Effect.void
      records.delete(key)
      return Effect.logInfo(describeRecovery(entry, record, now))
    })

  return { failed, succeeded }
}

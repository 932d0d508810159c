/**
 * An append-only list that readers can wait on.
 *
 * The emulator writes two of them: events and log lines. Writing is synchronous, because processes and sockets report
 * through callbacks; reading is an Effect or a Stream.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

/** The readers' view. */
export interface Journal<A> {
  /** A copy of the entries that are kept, oldest first. */
  readonly all: () => ReadonlyArray<A>
  /** The number of entries so far. Pass it as `from` to wait for a new entry. */
  readonly size: () => number
  /** Waits for the first entry that satisfies the predicate, from index `from` on (default 0, so past entries count). */
  readonly waitFor: {
    <B extends A>(predicate: (entry: A) => entry is B, from?: number): Effect.Effect<B>
    (predicate: (entry: A) => boolean, from?: number): Effect.Effect<A>
  }
  /** The entries that are kept, then new ones, until the journal is closed. */
  readonly stream: Stream.Stream<A>
}

/** The writer's view. */
interface WritableJournal<A> extends Journal<A> {
  readonly append: (entry: A) => void
  /** Ends the streams; later entries are kept but not streamed. */
  readonly close: () => void
}

/** An empty journal. `keep`: how many entries it holds at least; older ones are dropped. Default: all are held. */
export const make = <A>(keep = Infinity): WritableJournal<A> => {
  const entries: Array<A> = []
  /** How many entries were dropped from the front of `entries`. */
  let dropped = 0
  const listeners = new Set<(entry: A) => void>()
  const onClose = new Set<() => void>()
  let closed = false

  const waitFor = (predicate: (entry: A) => boolean, from = 0): Effect.Effect<A> =>
    Effect.callback((resume) => {
      const past = entries.slice(Math.max(0, from - dropped)).find(predicate)
      if (past !== undefined) return resume(Effect.succeed(past))
      let index = dropped + entries.length
      const listener = (entry: A) => {
        if (index++ < from || !predicate(entry)) return
        listeners.delete(listener)
        resume(Effect.succeed(entry))
      }
      listeners.add(listener)
      return Effect.sync(() => listeners.delete(listener))
    })

  const stream = Stream.callback<A>((queue) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const listener = (entry: A) => void Queue.offerUnsafe(queue, entry)
        const end = () => void Queue.endUnsafe(queue)
        for (const entry of entries) listener(entry)
        if (closed) end()
        listeners.add(listener)
        onClose.add(end)
        return { listener, end }
      }),
      ({ end, listener }) =>
        Effect.sync(() => {
          listeners.delete(listener)
          onClose.delete(end)
        }),
    ),
  )

  return {
    all: () => [...entries],
    size: () => dropped + entries.length,
    // One implementation for both signatures: the entry has passed the type guard.
    waitFor: waitFor as Journal<A>["waitFor"],
    stream,
    append: (entry) => {
      entries.push(entry)
      // In large steps, because each one copies what is kept.
      if (entries.length > 2 * keep) dropped += entries.splice(0, entries.length - keep).length
      // A copy: a listener that is added because of this entry must not get it again.
      for (const listener of Array.from(listeners)) listener(entry)
    },
    close: () => {
      closed = true
      for (const end of onClose) end()
    },
  }
}

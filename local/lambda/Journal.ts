/**
 * A list that only grows, and that one can wait on.
 *
 * The emulator writes two of them: what happened (events) and what the processes printed (log lines). Writing
 * is synchronous, because process exits and sockets report through callbacks; reading is an Effect or a Stream.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

/** What readers see of a journal. */
export interface Journal<A> {
  /** Everything so far, oldest first. The array is a copy. */
  readonly all: () => ReadonlyArray<A>
  /** The number of entries so far: pass it as `from` to wait for something that is still to come. */
  readonly size: () => number
  /** The first entry at or after index `from` (default 0: the past counts too) that satisfies the predicate. */
  readonly waitFor: {
    <B extends A>(predicate: (entry: A) => entry is B, from?: number): Effect.Effect<B>
    (predicate: (entry: A) => boolean, from?: number): Effect.Effect<A>
  }
  /** The past, then what comes, until the journal is closed. */
  readonly stream: Stream.Stream<A>
}

/** A journal with its pen. */
export interface WritableJournal<A> extends Journal<A> {
  readonly append: (entry: A) => void
  /** Ends the streams; later entries are kept but not streamed. */
  readonly close: () => void
}

export const make = <A>(): WritableJournal<A> => {
  const entries: Array<A> = []
  const listeners = new Set<(entry: A) => void>()
  const onClose = new Set<() => void>()
  let closed = false

  const waitFor = (predicate: (entry: A) => boolean, from = 0): Effect.Effect<A> =>
    Effect.callback((resume) => {
      const past = entries.slice(from).find(predicate)
      if (past !== undefined) return resume(Effect.succeed(past))
      let index = entries.length
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
    size: () => entries.length,
    // One implementation behind two signatures: the narrowing one is sound because the entry passed the guard.
    waitFor: waitFor as Journal<A>["waitFor"],
    stream,
    append: (entry) => {
      entries.push(entry)
      // A copy: who starts to listen because of this entry has seen it in the past already.
      for (const listener of Array.from(listeners)) listener(entry)
    },
    close: () => {
      closed = true
      for (const end of onClose) end()
    },
  }
}

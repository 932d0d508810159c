/**
 * Progress on work that takes seconds or minutes, on stderr, so that a report on stdout can be piped. On a terminal, one line
 * counts the seconds; elsewhere, such as in CI, a line says what starts.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import process from "node:process"

/** Clears the line of the terminal, and goes back to its start. */
const CLEAR = "\r\u001B[2K"

const write = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(text))

/** Says what is being done for as long as it takes. */
export const whileWaiting = <A, E, R>(
  title: string,
  work: Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> => {
  if (!process.stderr.isTTY) return Effect.andThen(write(`${title}\n`), work)
  const count = Effect.suspend(() => {
    let seconds = 0
    const tick = Effect.suspend(() => write(`${CLEAR}${title} ... ${seconds++} s`))
    return Effect.andThen(Effect.repeat(tick, Schedule.spaced("1 second")), Effect.never)
  })
  return work.pipe(Effect.raceFirst(count), Effect.ensuring(write(CLEAR)))
}

/**
 * The events of `--event`, in turn: JSON files, read at each invocation, so that an edited event needs no restart.
 */
import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import { CommandFailed } from "../failures.ts"
import { shown } from "./target.ts"

export interface Event {
  /** As output names it. */
  readonly name: string
  readonly read: Effect.Effect<unknown, CommandFailed>
}

/** Reads a text as JSON. The message names what is wrong, and where. */
export const parseEvent = (name: string, text: string): Effect.Effect<unknown, CommandFailed> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) =>
      new CommandFailed({
        reason: `${name}: found no JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      }),
  })

const eventOf = (file: string): Event => {
  const name = shown(file)
  return {
    name,
    read: Effect.tryPromise({
      try: () => readFile(file, "utf8"),
      catch: () => new CommandFailed({ reason: `--event ${name}: the file cannot be read` }),
    }).pipe(Effect.flatMap((text) => parseEvent(`--event ${name}`, text))),
  }
}

const EMPTY: Event = { name: "{}", read: Effect.succeed({}) }

/** The events of these files, one of which is the next, over and over. Without files it is an empty object. */
export const makeEvents = (files: ReadonlyArray<string>) => {
  const events = files.length === 0 ? [EMPTY] : files.map(eventOf)
  let turn = 0
  return {
    all: events,
    next: Effect.sync(() => events[turn++ % events.length] ?? EMPTY),
  }
}

/**
 * How a bug shows in the log: what kind of error it was and where, and never its message.
 *
 * The message of an exception that nobody expected may quote what was at hand when it was thrown, as `JSON.parse` quotes its
 * input, and that may be a secret. Its properties, causes and the lines of code around it are left out for the same reason.
 * Spans show bugs by the same rule.
 */
import * as Cause from "effect/Cause"

/** How many of the places on the stack are shown. */
const MAX_FRAMES = 8

/** A place on the stack, as V8 and JavaScriptCore write it. */
const FRAME = /^\s+at /

/** Names and codes of errors; whatever else has that place is not shown. */
const IDENTIFIER = /^\w{1,60}$/

const identifiers = (...candidates: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  candidates.filter((candidate) => typeof candidate === "string").filter((text) => IDENTIFIER.test(text))

/** The places alone: a message that has several lines may look like some. */
export const framesOf = ({ message, stack = "" }: Error): ReadonlyArray<string> =>
  stack
    .slice(stack.indexOf(message) + message.length)
    .split("\n")
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())

/** An exception that is nobody's expected failure, as one line without its message. */
export const describeDefect = (defect: unknown): string =>
  defect instanceof Error
    ? [...identifiers(defect.name, "code" in defect ? defect.code : undefined), ...framesOf(defect)].join(" ")
    : `a thrown ${typeof defect}`

/** Everything that a cause holds, as one line without messages. */
export const describeCause = ({ reasons }: Cause.Cause<unknown>): string =>
  reasons
    .map((reason) => {
      if (Cause.isDieReason(reason)) return describeDefect(reason.defect)
      return Cause.isFailReason(reason) ? describeDefect(reason.error) : "interrupted"
    })
    .join("; ")

/** An error that says of a defect what the log says of it, and nothing else. */
const discreet = (defect: unknown): Error => {
  const message = describeDefect(defect)
  const shown = new Error(message)
  shown.stack = message
  return shown
}

/** The same cause, its bugs without what they say: for programs that show causes in their own way. */
export const withoutMessages = <E>({ reasons }: Cause.Cause<E>): Cause.Cause<E> =>
  Cause.fromReasons(
    reasons.map((reason) =>
      Cause.isDieReason(reason) ? Cause.makeDieReason(discreet(reason.defect)) : reason,
    ),
  )

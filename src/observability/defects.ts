/**
 * How the log and the spans show a defect: the kind of error and where it was thrown, but not its message.
 *
 * An unexpected exception's message may quote its input, as that of `JSON.parse` does, and the input may be a secret. The
 * error's properties, causes and source lines are left out for the same reason.
 */
import * as Cause from "effect/Cause"

/** How many stack frames are shown. */
const MAX_FRAMES = 8

/** A stack frame, as V8 and JavaScriptCore write it. */
const FRAME = /^\s+at /

/** Names and codes of errors. Anything else in their place is hidden. */
const IDENTIFIER = /^\w{1,60}$/

const identifiers = (...candidates: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  candidates.filter((candidate) => typeof candidate === "string").filter((text) => IDENTIFIER.test(text))

/** The stack frames without the message, whose lines may look like frames. */
export const framesOf = ({ message, stack = "" }: Error): ReadonlyArray<string> =>
  stack
    .slice(stack.indexOf(message) + message.length)
    .split("\n")
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())

/** A defect as one line without its message. */
export const describeDefect = (defect: unknown): string =>
  defect instanceof Error
    ? [...identifiers(defect.name, "code" in defect ? defect.code : undefined), ...framesOf(defect)].join(" ")
    : `a thrown ${typeof defect}`

/** A cause as one line without messages. */
export const describeCause = ({ reasons }: Cause.Cause<unknown>): string =>
  reasons
    .map((reason) => {
      if (Cause.isDieReason(reason)) return describeDefect(reason.defect)
      return Cause.isFailReason(reason) ? describeDefect(reason.error) : "interrupted"
    })
    .join("; ")

/** An error with only those parts of a defect that the log shows. */
const discreet = (defect: unknown): Error => {
  const message = describeDefect(defect)
  const shown = new Error(message)
  shown.stack = message
  return shown
}

/** The same cause, with defects that have no messages: for exporters that print whole causes. */
export const withoutMessages = <E>({ reasons }: Cause.Cause<E>): Cause.Cause<E> =>
  Cause.fromReasons(
    reasons.map((reason) =>
      Cause.isDieReason(reason) ? Cause.makeDieReason(discreet(reason.defect)) : reason,
    ),
  )

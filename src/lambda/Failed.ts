/**
 * Ends the program after a fault, which has already been logged and, if possible, reported to Lambda. The process exits
 * with 1.
 */
import * as Data from "effect/Data"

export class Failed extends Data.TaggedError("Failed")<{ readonly reason: string }> {}

/**
 * The end of the program by a fault that has been logged and, where Lambda could still be told, reported.
 * The process exits with 1.
 */
import * as Data from "effect/Data"

export class Failed extends Data.TaggedError("Failed")<{ readonly reason: string }> {}

/**
 * Go's boolean format: the Go sample reads CACHE_EXTENSION_INIT_STARTUP with `strconv.ParseBool`. Pure.
 * Source: https://pkg.go.dev/strconv#ParseBool
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"

const TRUE: ReadonlyArray<string> = ["1", "t", "T", "TRUE", "true", "True"]
const FALSE: ReadonlyArray<string> = ["0", "f", "F", "FALSE", "false", "False"]

/** Every text that is a boolean, for messages. */
export const GO_BOOLEANS: ReadonlyArray<string> = [...TRUE, ...FALSE]

/** The text is not a boolean. */
class GoBooleanError extends Data.TaggedError("GoBooleanError")<{ readonly input: string }> {
  override get message(): string {
    return `invalid boolean ${JSON.stringify(this.input)}: not one of ${GO_BOOLEANS.join(", ")}`
  }
}

/** Reads a boolean exactly as Go does: no other spelling, no surrounding blanks. */
export const parse = (input: string): Result.Result<boolean, GoBooleanError> => {
  if (TRUE.includes(input)) return Result.succeed(true)
  if (FALSE.includes(input)) return Result.succeed(false)
  return Result.fail(new GoBooleanError({ input }))
}

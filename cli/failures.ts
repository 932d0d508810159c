/**
 * How a command ends: 0 if everything is right, 1 if it found or met a fault, 2 if the command line is wrong.
 *
 * A command fails with `CommandFailed` if it cannot do what it was asked for, and with `FaultsFound` if its report, which it
 * has printed, says that something is wrong. `exitCodeOf` in output.ts turns both into an exit code.
 */
import * as CliError from "effect/cli/CliError"
import * as Schema from "effect/Schema"

/** What stopped the command, in a sentence that says what was found and what is allowed. It is printed on stderr. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  reason: Schema.String,
}) {
  override get message(): string {
    return this.reason
  }

  override get [CliError.userMessage](): string {
    return this.reason
  }
}

/** The command did its work, and what it printed names a fault. Nothing more is printed. */
export class FaultsFound extends Schema.TaggedError<FaultsFound>()("FaultsFound", {}) {}

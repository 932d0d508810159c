/**
 * How a command ends: 0 if everything is right, 1 if it found or met a fault, 2 if the command line is wrong: docs/cli.md has
 * the rule.
 *
 * A command fails with `CommandFailed` if it cannot do what it was asked for, and with `FaultsFound` if its report, which it
 * has printed, says that something is wrong. `exitCodeOf` in output.ts turns both into an exit code.
 */
import * as CliError from "effect/cli/CliError"
import * as Schema from "effect/Schema"

/** What stopped the command, in a sentence that says what was found and what is allowed. It is printed on stderr. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  reason: Schema.String,
  /** Whether the command line is wrong, rather than what it names. The exit code is 2 then. */
  isWrongUsage: Schema.optionalKey(Schema.Boolean),
}) {
  override get message(): string {
    return this.reason
  }

  override get [CliError.userMessage](): string {
    return this.reason
  }
}

/** The command line is wrong: a value that no flag's own check sees, flags that exclude each other, a file that is not there. */
export const wrongUsage = (reason: string): CommandFailed => new CommandFailed({ reason, isWrongUsage: true })

/** The command did its work, and what it printed names a fault. Nothing more is printed. */
export class FaultsFound extends Schema.TaggedError<FaultsFound>()("FaultsFound", {}) {}

/**
 * Errors of the emulator, and of an environment's INIT phase.
 *
 * A failed invoke is not an error but a result, as for a caller of Lambda.
 */
import * as Schema from "effect/Schema"

/** The emulator could not open its port or read the extensions folder. */
export class EmulatorError extends Schema.TaggedError<EmulatorError>()("EmulatorError", {
  message: Schema.String,
  cause: Schema.Defect(),
}) {}

/**
 * The INIT phase failed. `errorType` is Lambda's (`Extension.LaunchError`, `Extension.InitError`, `Extension.Crash`,
 * `Runtime.ExitError`, `Sandbox.Timedout`, ...). `reported` is the report of the extension or the runtime to
 * `/init/error`, if any.
 */
export class InitFailed extends Schema.TaggedError<InitFailed>()("InitFailed", {
  errorType: Schema.String,
  message: Schema.String,
  /** The extension's name, or `function`. */
  culprit: Schema.optionalKey(Schema.String),
  reported: Schema.optionalKey(Schema.Struct({ errorType: Schema.String, body: Schema.String })),
}) {}

/**
 * A folder for files that a command needs while it runs.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { CommandFailed } from "./failures.ts"

/** A new folder, removed with the scope. */
export const temporaryFolder = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  return yield* files.makeTempDirectoryScoped({ prefix: "lambda-cache-extension-" })
}).pipe(Effect.mapError(({ message }) => new CommandFailed({ reason: message })))

/**
 * The file of an agent's token: clients that may read it may read values. If there is no file at the start, the agent writes one
 * with a new token, which the other containers or programs read.
 *
 * The file outlives a restart, so clients keep their token. `http/token.ts` reads it again when a request has another token, so
 * it may be replaced at any time.
 */
import * as Crypto from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { agentTokenFault } from "../config/outside.ts"

/** The file holds no token, or it cannot be read or written. */
export class TokenFileInvalid extends Data.TaggedError("TokenFileInvalid")<{
  readonly path: string
  readonly found: string
  readonly allowed: string
}> {
  override get message(): string {
    return `CACHE_EXTENSION_TOKEN_FILE: ${this.path}: found ${this.found}; allowed: ${this.allowed}`
  }
}

const ALLOWED =
  "a file with a token that this user may read, or a path in a folder where this user may write one"

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") ? String(cause.code) : "an unknown error"

const TOKEN_BYTES = 32

/** Only this user may read the file. It appears with its content, so nobody reads half a token. */
const writeToken = async (path: string): Promise<void> => {
  // In a container every program is process 1, so its id tells nobody from those that were interrupted here.
  const temporary = `${path}.${Crypto.randomUUID()}`
  try {
    await Fs.writeFile(temporary, `${Crypto.randomBytes(TOKEN_BYTES).toString("hex")}\n`, {
      mode: 0o600,
      flag: "wx",
    })
    await Fs.rename(temporary, path)
  } catch (error) {
    await Fs.rm(temporary, { force: true })
    throw error
  }
}

/** Whether the file was made now. Fails if there is no usable token in the end. */
export const ensureTokenFile = Effect.fnUntraced(function* (path: string) {
  const invalid = (found: string, allowed: string) => new TokenFileInvalid({ path, found, allowed })
  const text = yield* Effect.tryPromise(() => Fs.readFile(path, "utf8")).pipe(
    Effect.catchIf(
      ({ cause }) => codeOf(cause) === "ENOENT",
      () => Effect.undefined,
    ),
    Effect.mapError(({ cause }) => invalid(`a file that cannot be read (${codeOf(cause)})`, ALLOWED)),
  )
  if (text !== undefined) {
    const wrong = agentTokenFault(text.trim())
    if (wrong !== undefined) return yield* invalid(wrong.found, wrong.allowed)
    return false
  }
  yield* Effect.mapError(
    Effect.tryPromise(() => writeToken(path)),
    ({ cause }) => invalid(`nothing, and no file can be written there (${codeOf(cause)})`, ALLOWED),
  )
  return true
})

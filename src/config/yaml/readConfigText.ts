/**
 * Reads the text of config.yaml, and says in words why there is none: no such file, a directory, no permission, too
 * long, not UTF-8.
 *
 * The only effect of the configuration; `ConfigFile` calls it.
 */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { ConfigInvalid } from "./ConfigInvalid.ts"
import { MAX_CONFIG_BYTES } from "../../domain/defaults.ts"

const KEY = "the file"
const FILE_ALLOWED =
  "a file config.yaml in the root of the function's package, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

const invalid = (file: string, found: string, allowed: string): ConfigInvalid =>
  new ConfigInvalid({ file, faults: [{ key: KEY, found, allowed }] })

/** The system's error codes in words. */
const FOUND: Readonly<Record<string, string>> = {
  ENOENT: "nothing at this path",
  ENOTDIR: "nothing at this path",
  EACCES: "a file that the extension may not read",
  EPERM: "a file that the extension may not read",
}

const unreadable = (file: string, cause: unknown): ConfigInvalid => {
  const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : "an unknown error"
  return invalid(file, FOUND[code] ?? `a file that cannot be read (${code})`, FILE_ALLOWED)
}

/** Decodes UTF-8, without its byte order mark. */
const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes)

/** The text of the file at an absolute path. */
export const readConfigText = Effect.fnUntraced(function* (file: string) {
  const attempt = <A>(read: () => Promise<A>) =>
    Effect.tryPromise({ try: read, catch: (cause) => unreadable(file, cause) })

  const stats = yield* attempt(() => fs.stat(file))
  if (stats.isDirectory()) return yield* invalid(file, "a directory", FILE_ALLOWED)
  // Anything but a regular file may never end.
  if (!stats.isFile()) return yield* invalid(file, "a pipe, socket or device", FILE_ALLOWED)
  if (stats.size > MAX_CONFIG_BYTES) {
    return yield* invalid(file, `${stats.size} bytes`, `at most ${MAX_CONFIG_BYTES} bytes`)
  }
  const bytes = yield* attempt(() => fs.readFile(file))
  return yield* Effect.try({
    try: () => decodeUtf8(bytes),
    catch: () => invalid(file, "bytes that are not UTF-8", "text in UTF-8"),
  })
})

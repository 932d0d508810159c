/**
 * Reads the document of config.yaml: decodes its bytes, parses the text, replaces variables, and joins the file that it
 * includes. `ConfigFile` makes the plan of the document.
 *
 * Only plain YAML is read by what is loaded at once. What other texts need is imported for them: the package `yaml`, the
 * replacement of variables for a text with a dollar, the joining of files for `include`.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { MAX_CONFIG_BYTES } from "../domain/defaults.ts"
import type { ConfigContext } from "./ConfigFile.ts"
import { INCLUDE_KEY } from "./configFields.ts"
import type { FileRead } from "./readConfigFile.ts"
import { ConfigInvalid, type Fault } from "./yaml/ConfigInvalid.ts"
import { readPlain } from "./yaml/readPlain.ts"
import { isMapping, type YamlDocument } from "./yaml/YamlDocument.ts"

const FILE_ALLOWED =
  "a file config.yaml in the root of the function's package, or at the path in CACHE_EXTENSION_CONFIG; an empty one is valid"

const invalid = (file: string, found: string, allowed: string): ConfigInvalid =>
  new ConfigInvalid({ file, faults: [{ key: "the file", found, allowed }] })

/** What each of the system's error codes means. */
const FOUND: Readonly<Record<string, string>> = {
  ENOENT: "nothing at this path",
  ENOTDIR: "nothing at this path",
  EACCES: "a file that the extension may not read",
  EPERM: "a file that the extension may not read",
}

const unreadable = (file: string, cause: unknown, allowed: string): ConfigInvalid => {
  const code = Predicate.hasProperty(cause, "code") ? String(cause.code) : "an unknown error"
  return invalid(file, FOUND[code] ?? `a file that cannot be read (${code})`, allowed)
}

/** Decodes UTF-8, without its byte order mark. */
const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(bytes)

/** The text of the file that was found at a path. `allowed` says where the file may be instead. */
export const textOf = (
  file: string,
  found: FileRead,
  allowed: string = FILE_ALLOWED,
): Effect.Effect<string, ConfigInvalid> => {
  switch (found._tag) {
    case "Bytes":
      return Effect.try({
        try: () => decodeUtf8(found.bytes),
        catch: () => invalid(file, "bytes that are not UTF-8", "text in UTF-8"),
      })
    case "Given":
      return Effect.succeed(found.text)
    case "Directory":
      return Effect.fail(invalid(file, "a directory", allowed))
    case "Special":
      return Effect.fail(invalid(file, "a pipe, socket or device", allowed))
    case "TooLong":
      return Effect.fail(invalid(file, `${found.size} bytes`, `at most ${MAX_CONFIG_BYTES} bytes`))
    case "Unreadable":
      return Effect.fail(unreadable(file, found.cause, allowed))
  }
}

const BYTE_ORDER_MARK = /^\uFEFF/

/** Reads a text by the package `yaml`, which is loaded for this alone. */
const parseAnyYaml = Effect.fnUntraced(function* (
  text: string,
  { file }: ConfigContext,
  asWritten: (faults: ReadonlyArray<Fault>) => ReadonlyArray<Fault> = (faults) => faults,
) {
  const { parseYaml } = yield* Effect.promise(() => import("./yaml/parseYaml.ts"))
  return yield* Effect.fromResult(
    Result.mapError(parseYaml(text), (faults) => new ConfigInvalid({ file, faults: asWritten(faults) })),
  )
})

/** The document of one file, with its variables replaced. */
export type ReadDocument = (
  text: string,
  context: ConfigContext,
) => Effect.Effect<YamlDocument, ConfigInvalid>

const readDocument: ReadDocument = Effect.fnUntraced(function* (text, context) {
  const written = text.replace(BYTE_ORDER_MARK, "")
  if (!written.includes("$")) return readPlain(written) ?? (yield* parseAnyYaml(written, context))
  const { expandVariables, mask, unmaskFaults } = yield* Effect.promise(() => import("./yaml/expand.ts"))
  const masked = mask(written)
  const document = readPlain(masked) ?? (yield* parseAnyYaml(masked, context, unmaskFaults))
  return expandVariables(document, (name) => context.environment?.[name])
})

/** The document of config.yaml, together with the one that it includes. */
export const readConfigDocument: ReadDocument = Effect.fnUntraced(function* (text, context) {
  const own = yield* readDocument(text, context)
  const named = isMapping(own.value) ? own.value[INCLUDE_KEY] : undefined
  // Anything but a text is a fault that `FileFrame` reports.
  if (typeof named !== "string" || named === "") return own
  const { withIncluded } = yield* Effect.promise(() => import("./include.ts"))
  return yield* withIncluded(own, named, context, readDocument)
})

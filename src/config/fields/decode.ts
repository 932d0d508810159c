/**
 * Decodes a value of config.yaml by its fields (`Field.ts`), and reports every fault: line, column, key path, what was
 * found, what is allowed.
 *
 * Used for the top level of config.yaml and for each item of a section. It accepts, refuses and decodes exactly what the
 * Schemas of `schema.ts` do (test/config/fields/decode.test.ts). Pure.
 */
import * as Result from "effect/Result"
import { type Fault, formatPath, type Path, quoteText } from "../yaml/ConfigInvalid.ts"
import {
  describe,
  isMapping,
  type Place,
  type Position,
  valueAt,
  type YamlDocument,
  type YamlValue,
} from "../yaml/YamlDocument.ts"
import type { Decoded, Field, Keys, Mapping, Optional } from "./Field.ts"

/** What is wrong with a value. */
export interface Finding {
  readonly kind: "missing" | "unknown" | "invalid"
  /** Relative to the decoded value. */
  readonly path: Path
  readonly allowed: string
  /** What was found, if the value must not be repeated. */
  readonly found?: string
  /** The known keys, if this one is unknown. */
  readonly knownKeys?: ReadonlyArray<string>
}

const invalid = (path: Path, allowed: string): Finding => ({ kind: "invalid", path, allowed })

/** Decodes a value and adds what is wrong with it to `findings`. The result counts only if there are none. */
const read = (field: Field, value: unknown, path: Path, findings: Array<Finding>): unknown => {
  switch (field.type) {
    case "anything":
      return value
    case "scalar": {
      const verdict = typeof value === "string" && field.isAllowed(value)
      if (typeof value === "string" && verdict === true) return field.parse(value)
      const reason = typeof verdict === "string" ? ` (${verdict})` : ""
      return void findings.push(invalid(path, field.allowed + reason))
    }
    case "word":
      if (field.words.some((word) => word === value)) return value
      return void findings.push(invalid(path, field.allowed))
    case "either":
      return isMapping(value)
        ? readMapping(field.mapping, value, path, findings)
        : read({ ...field.word, allowed: field.allowed }, value, path, findings)
    case "list":
      if (!Array.isArray(value)) return void findings.push(invalid(path, field.allowed))
      return value.map((item: unknown, index) => read(field.item, item, [...path, index], findings))
    case "mapping":
      if (!isMapping(value)) {
        const isHidden = field.isTextHidden === true && typeof value === "string"
        return void findings.push({
          ...invalid(path, field.allowed),
          ...(isHidden ? { found: "a text" } : {}),
        })
      }
      return readMapping(field, value, path, findings)
  }
}

const readMapping = (
  { keys }: Mapping<Keys>,
  value: Readonly<Record<string, unknown>>,
  path: Path,
  findings: Array<Finding>,
): Record<string, unknown> => {
  const knownKeys = Object.keys(keys)
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(keys, key)) continue
    findings.push({ kind: "unknown", path: [...path, key], allowed: knownKeys.join(", "), knownKeys })
  }
  const decoded: Record<string, unknown> = {}
  for (const [key, one] of Object.entries(keys)) {
    const field = one.type === "optional" ? one.field : one
    if (Object.hasOwn(value, key)) decoded[key] = read(field, value[key], [...path, key], findings)
    else if (one.type !== "optional")
      findings.push({ kind: "missing", path: [...path, key], allowed: allowedOf(field) })
  }
  return decoded
}

const allowedOf = (field: Field): string => (field.type === "anything" ? "a value" : field.allowed)

/** Decodes a value by a field, or finds everything that is wrong with it. */
export const decode = <F extends Field>(
  field: F,
  value: unknown,
): Result.Result<Decoded<F>, ReadonlyArray<Finding>> => {
  const findings: Array<Finding> = []
  const decoded = read(field, value, [], findings)
  // `read` follows the field, as `Decoded` does for the compiler.
  return findings.length > 0 ? Result.fail(findings) : Result.succeed(decoded as Decoded<F>)
}

/** A more distant suggestion would mislead. */
const MAX_EDITS = 3
/** Short keys resemble each other by chance, so at most every third letter may differ. */
const LETTERS_PER_EDIT = 3
/** No known key is this long, so longer ones are not compared. */
const MAX_LENGTH = 40

/** The number of insertions, deletions, replacements and swaps of neighbours between two texts. */
const editDistance = (from: string, to: string): number => {
  let beforePrevious: ReadonlyArray<number> = []
  let previous: ReadonlyArray<number> = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (previous[column] ?? Infinity) + 1,
          (current[column - 1] ?? Infinity) + 1,
          (previous[column - 1] ?? Infinity) + (isSame ? 0 : 1),
          isSwap ? (beforePrevious[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      )
    }
    beforePrevious = previous
    previous = current
  }
  return previous[to.length] ?? Infinity
}

/** The candidate closest to `word`, if any is close enough. Ignores case, `-` and `_`. */
export const nearest = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  if (word.length > MAX_LENGTH) return undefined
  const normalise = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "")
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(normalise(word), normalise(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.min(MAX_EDITS, candidate.length / LETTERS_PER_EDIT))
    .sort((left, right) => left.edits - right.edits)
  return ranked[0]?.candidate
}

const suggestion = (path: Path, knownKeys: ReadonlyArray<string> = []): string => {
  const guess = nearest(String(path.at(-1)), knownKeys)
  return guess === undefined ? "" : ` (did you mean "${guess}"?)`
}

const describeFinding = (finding: Finding, value: YamlValue): string => {
  switch (finding.kind) {
    case "missing":
      return "nothing"
    case "unknown":
      return `an unknown key${suggestion(finding.path, finding.knownKeys)}`
    case "invalid":
      return finding.found ?? describe(valueAt(value, finding.path))
  }
}

const makeFault = (
  { file, path: own }: Place,
  { column, line }: Position,
  path: Path,
  found: string,
  allowed: string,
): Fault => ({
  line,
  column,
  key: formatPath(own ?? path),
  found,
  allowed,
  ...(file === undefined ? {} : { file }),
})

/** How a fault names a text whose variables have been replaced: what they contain may be a secret. */
const describeWritten = (written: string): string =>
  `${quoteText(written)}, whose variables have been replaced`

/** A fault at the position of the value at a path, or of the nearest existing value around it. */
export const faultAt = (document: YamlDocument, path: Path, found: string, allowed: string): Fault => {
  const place = document.locate(path)
  const written = document.writtenAt?.(path)
  return makeFault(
    place,
    place.value,
    path,
    written === undefined ? found : describeWritten(written),
    allowed,
  )
}

/** What a field allows, without the reason why it does not allow a text: the reason may quote it. */
const allowedAt = (field: Field | Optional<Field> | undefined, [part, ...rest]: Path): string => {
  if (field === undefined || field.type === "anything") return "another text"
  if (field.type === "optional") return allowedAt(field.field, part === undefined ? [] : [part, ...rest])
  if (part === undefined) return field.allowed
  if (field.type === "list") return allowedAt(field.item, rest)
  const mapping = field.type === "either" ? field.mapping : field
  return allowedAt(mapping.type === "mapping" ? mapping.keys[String(part)] : undefined, rest)
}

/** Decodes the value at `path`. Fails with all its faults. */
export const decodeAt = <F extends Field>(
  field: F,
  document: YamlDocument,
  path: Path,
  value: YamlValue,
): Result.Result<Decoded<F>, ReadonlyArray<Fault>> =>
  Result.mapError(decode(field, value), (findings) =>
    findings.map((finding) => {
      const whole = [...path, ...finding.path]
      const place = document.locate(whole)
      if (finding.kind !== "invalid")
        // A missing or unknown key is reported at a key, a wrong value at the value.
        return makeFault(place, place.key, whole, describeFinding(finding, value), finding.allowed)
      const written = document.writtenAt?.(whole)
      return written === undefined
        ? makeFault(place, place.value, whole, describeFinding(finding, value), finding.allowed)
        : makeFault(place, place.value, whole, describeWritten(written), allowedAt(field, finding.path))
    }),
  )

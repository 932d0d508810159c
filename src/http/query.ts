/**
 * The query of a request: which values it is about, in which version, and which field of them.
 *
 * Read as `application/x-www-form-urlencoded` (WHATWG URL, section 5): `+` is a blank, a plus sign is `%2B`. It is
 * stricter in two ways: what is not percent-encoded UTF-8 is refused, and so is every key that is not known, because
 * a misspelt key that is ignored would serve the wrong thing in silence.
 */
import * as Result from "effect/Result"
import { cut } from "../config/yaml/ConfigInvalid.ts"
import { kinds } from "../kinds/kinds.ts"
import type { VersionSelector } from "../kinds/Section.ts"
import type { Kind } from "../domain/Address.ts"
import { parsePointer } from "./jsonField.ts"
import { decodePercent } from "./url.ts"

/** How many names one request may ask for. */
export const MAX_NAMES = 100

/** What a request does with the values: a field of them can be read, not forgotten. */
export type Purpose = "read" | "forget"

/** The keys of a kind's queries, in the order in which messages name them. */
const keysOf = (purpose: Purpose, kind: Kind): ReadonlyArray<string> => {
  const { paths, query } = kinds[kind]
  return [
    "name",
    ...(paths === undefined ? [] : ["path"]),
    ...(purpose === "read" ? ["json"] : []),
    ...Object.keys(query.selectors),
  ]
}

/** Keys that do not go together: the second is written instead of the first, a path instead of anything. */
const exclusiveIn = (kind: Kind): ReadonlyArray<readonly [string, string]> => {
  const { paths, query } = kinds[kind]
  const withPath = ["name", ...Object.keys(query.selectors)].map((key) => ["path", key] as const)
  return [...(paths === undefined ? [] : withPath), ...(query.exclusive ?? [])]
}

const noteOn = (key: string, kind: Kind): string => {
  if (key === "name") return " (may be repeated)"
  if (key === "path") return " (instead of name)"
  const [first] = kinds[kind].query.exclusive?.find(([, second]) => second === key) ?? []
  return first === undefined ? "" : ` (instead of ${first})`
}

const describe = (keys: ReadonlyArray<string>, kind: Kind): string =>
  `allowed: ${keys.map((key) => key + noteOn(key, kind)).join(", ")}`

/** Values by their names. */
export interface ByNames {
  readonly _tag: "ByNames"
  /** Different from each other; several of them are answered in one object. */
  readonly names: readonly [string, ...ReadonlyArray<string>]
  readonly selector: VersionSelector
  /** Of each value only this field: the tokens of the JSON pointer. */
  readonly field?: ReadonlyArray<string>
}

/** All parameters below a path of Parameter Store. */
export interface ByPath {
  readonly _tag: "ByPath"
  readonly path: string
  readonly field?: ReadonlyArray<string>
}

export type Query = ByNames | ByPath

/** How much of what was found a message repeats. */
const MAX_QUOTED = 100

/** Text of a request in a message. */
export const quote = (text: string): string => JSON.stringify(cut(text, MAX_QUOTED))

const decode = (text: string): Result.Result<string, string> => {
  const decoded = decodePercent(text.replaceAll("+", " "))
  return decoded === undefined
    ? Result.fail(`${quote(text)} in the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)`)
    : Result.succeed(decoded)
}

type Pair = readonly [key: string, value: string]

const pairOf = (piece: string): Result.Result<Pair, string> => {
  const end = piece.indexOf("=")
  return Result.all([
    decode(end === -1 ? piece : piece.slice(0, end)),
    decode(end === -1 ? "" : piece.slice(end + 1)),
  ])
}

/** The keys and values behind the first `?`. */
const pairsIn = (url: string): Result.Result<ReadonlyArray<Pair>, string> => {
  const start = url.indexOf("?")
  const query = start === -1 ? "" : url.slice(start + 1)
  return Result.all(
    query
      .split("&")
      .filter((piece) => piece !== "")
      .map(pairOf),
  )
}

/** The first of the texts that occurs again. */
const repeatedIn = (texts: ReadonlyArray<string>): string | undefined =>
  texts.find((text, index) => texts.indexOf(text) !== index)

const countOf = (texts: ReadonlyArray<string>, text: string): number =>
  texts.filter((one) => one === text).length

/** What is wrong with the keys, if anything is. */
const faultOfKeys = (
  pairs: ReadonlyArray<Pair>,
  allowed: ReadonlyArray<string>,
  kind: Kind,
): string | undefined => {
  const keys = pairs.map(([key]) => key)
  const unknown = keys.find((key) => !allowed.includes(key))
  if (unknown !== undefined) return `unknown query key ${quote(unknown)}`

  const repeated = repeatedIn(keys.filter((key) => key !== "name"))
  if (repeated !== undefined)
    return `the query key ${repeated} occurs ${countOf(keys, repeated)} times; once is allowed`

  const [empty] = pairs.find(([, value]) => value === "") ?? []
  if (empty !== undefined) return `the query key ${empty} is empty`

  const clash = exclusiveIn(kind).find((both) => both.every((key) => keys.includes(key)))
  if (clash !== undefined) return `the query keys ${clash.join(" and ")} exclude each other`

  const isAboutSomething = keys.includes("name") || keys.includes("path")
  return isAboutSomething ? undefined : "the query key name is missing"
}

const faultOfLength = (key: string, text: string, kind: Kind): string | undefined => {
  const { longestName } = kinds[kind].query
  return text.length > longestName
    ? `the query key ${key} has ${text.length} characters; ${longestName} are allowed under ${kind}`
    : undefined
}

/** What is wrong with the names, if anything is. */
const faultOfNames = (names: ReadonlyArray<string>, kind: Kind): string | undefined => {
  if (names.length > MAX_NAMES) return `the query has ${names.length} names; ${MAX_NAMES} are allowed`

  const { longestName } = kinds[kind].query
  const tooLong = names.find((name) => name.length > longestName)
  if (tooLong !== undefined) return faultOfLength("name", tooLong, kind)

  const repeated = repeatedIn(names)
  return repeated === undefined
    ? undefined
    : `the name ${quote(repeated)} occurs ${countOf(names, repeated)} times in the query; once is allowed`
}

/** What is wrong with a selector by the grammar of its service, if anything is. */
const faultOfSelector = (selector: VersionSelector, kind: Kind): string | undefined => {
  for (const [key, { fault: grammar }] of Object.entries(kinds[kind].query.selectors)) {
    const text = selector[key]
    const fault = text === undefined ? undefined : grammar(text)
    if (text !== undefined && fault !== undefined) return `the query key ${key} is ${quote(text)}; ${fault}`
  }
  return undefined
}

const fieldOf = (
  json: string | undefined,
): Result.Result<{ readonly field?: ReadonlyArray<string> }, string> =>
  json === undefined
    ? Result.succeed({})
    : Result.mapBoth(parsePointer(json), {
        onSuccess: (field) => ({ field }),
        onFailure: (fault) => `the query key json is ${quote(json)}: ${fault}`,
      })

const isFull = <A>(items: ReadonlyArray<A>): items is readonly [A, ...ReadonlyArray<A>] => items.length > 0

/** What a request's URL (path and query) asks for under a kind, or what is wrong with it. */
export const queryOf = (purpose: Purpose, kind: Kind, url: string): Result.Result<Query, string> =>
  Result.gen(function* () {
    const pairs = yield* pairsIn(url)
    const allowed = keysOf(purpose, kind)
    const fault = faultOfKeys(pairs, allowed, kind)
    if (fault !== undefined) return yield* Result.fail(`${fault}; ${describe(allowed, kind)}`)

    const { json, path, ...others } = Object.fromEntries(pairs)
    const field = yield* fieldOf(json)
    if (path !== undefined) {
      const tooLong = faultOfLength("path", path, kind)
      return tooLong === undefined ? { _tag: "ByPath", path, ...field } : yield* Result.fail(tooLong)
    }

    const { name: _, ...selector } = others
    const names = pairs.filter(([key]) => key === "name").map(([, value]) => value)
    const wrong = faultOfNames(names, kind) ?? faultOfSelector(selector, kind)
    if (wrong !== undefined || !isFull(names)) return yield* Result.fail(wrong ?? describe(allowed, kind))
    return { _tag: "ByNames", names, selector, ...field }
  })

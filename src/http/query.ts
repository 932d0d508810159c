/**
 * Parses the query of a request: the requested values, their version, and the field of them. Pure.
 *
 * The format is `application/x-www-form-urlencoded` (WHATWG URL, section 5): `+` is a space, a plus sign is `%2B`. The
 * parser is stricter in two ways. It refuses text that is not percent-encoded UTF-8, and every unknown key, because
 * ignoring a misspelt key would silently serve the wrong value.
 */
import * as Result from "effect/Result"
import { cut } from "../config/yaml/ConfigInvalid.ts"
import { kinds } from "../kinds/kinds.ts"
import type { VersionSelector } from "../kinds/Section.ts"
import type { Kind } from "../domain/Address.ts"
import { parsePointer } from "./jsonField.ts"
import { decodePercent, splitUrl } from "./url.ts"

/** How many names one request may contain. */
export const MAX_NAMES = 100

/** What a request does with the values. A field or member can be read, but not forgotten. */
export type Purpose = "read" | "forget"

/** The key that asks for a value in another form. */
export const FORM_KEY = "as"

/** The keys of a kind's queries, in the order in which messages name them. */
const allowedKeys = (purpose: Purpose, kind: Kind): ReadonlyArray<string> => {
  const { paths, query } = kinds[kind]
  return [
    "name",
    ...(paths === undefined ? [] : ["path"]),
    ...(purpose === "read" ? ["json"] : []),
    ...(purpose === "read" && query.members !== undefined ? [query.members.key] : []),
    ...(purpose === "read" && query.forms !== undefined ? [FORM_KEY] : []),
    ...Object.keys(query.selectors),
  ]
}

/** Pairs of keys that exclude each other. */
const exclusiveKeys = (kind: Kind): ReadonlyArray<readonly [string, string]> => {
  const { paths, query } = kinds[kind]
  const withPath = ["name", ...Object.keys(query.selectors)].map((key) => ["path", key] as const)
  const withMembers = query.members === undefined ? [] : [["json", query.members.key] as const]
  const withForm = query.forms === undefined ? [] : ["json", "path"].map((key) => [key, FORM_KEY] as const)
  return [...(paths === undefined ? [] : withPath), ...withMembers, ...withForm, ...(query.exclusive ?? [])]
}

const keyNote = (key: string, kind: Kind): string => {
  if (key === "name") return " (may be repeated)"
  if (key === "path") return " (instead of name)"
  if (key === kinds[kind].query.members?.key) return " (may be repeated; instead of json)"
  if (key === FORM_KEY && kinds[kind].query.forms !== undefined) return " (instead of json)"
  const [first] = kinds[kind].query.exclusive?.find(([, second]) => second === key) ?? []
  return first === undefined ? "" : ` (instead of ${first})`
}

const describe = (keys: ReadonlyArray<string>, kind: Kind): string =>
  `allowed: ${keys.map((key) => key + keyNote(key, kind)).join(", ")}`

/** Values by their names. */
export interface ByNames {
  readonly _tag: "ByNames"
  /** Without duplicates. Several names get one object as response. */
  readonly names: readonly [string, ...ReadonlyArray<string>]
  readonly selector: VersionSelector
  /** The tokens of the JSON pointer, if only a field of each value is wanted. */
  readonly field?: ReadonlyArray<string>
  /** The members that are wanted of each value, without duplicates; by the key of the kind's `members`. */
  readonly members?: readonly [string, ...ReadonlyArray<string>]
  /** The form in which each value is wanted, one of the kind's `forms`. */
  readonly form?: string
}

/** All parameters below a path of Parameter Store. */
export interface ByPath {
  readonly _tag: "ByPath"
  readonly path: string
  readonly field?: ReadonlyArray<string>
}

export type Query = ByNames | ByPath

/** How many characters of a request a message repeats. */
const MAX_QUOTED = 100

/** Quotes text of a request in a message. */
export const quote = (text: string): string => JSON.stringify(cut(text, MAX_QUOTED))

const decode = (text: string): Result.Result<string, string> => {
  const decoded = decodePercent(text.replaceAll("+", " "))
  return decoded === undefined
    ? Result.fail(`${quote(text)} in the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)`)
    : Result.succeed(decoded)
}

type Pair = readonly [key: string, value: string]

const parsePair = (piece: string): Result.Result<Pair, string> => {
  const end = piece.indexOf("=")
  return Result.all([
    decode(end === -1 ? piece : piece.slice(0, end)),
    decode(end === -1 ? "" : piece.slice(end + 1)),
  ])
}

/** The decoded pairs of a query, in their order. */
export const parsePairs = (query: string): Result.Result<ReadonlyArray<Pair>, string> =>
  Result.all(
    query
      .split("&")
      .filter((piece) => piece !== "")
      .map(parsePair),
  )

/** The first text that occurs again. */
export const findRepeated = (texts: ReadonlyArray<string>): string | undefined =>
  texts.find((text, index) => texts.indexOf(text) !== index)

const countIn = (texts: ReadonlyArray<string>, text: string): number =>
  texts.filter((one) => one === text).length

/** What is wrong with the keys. Undefined: nothing. */
const checkKeys = (
  pairs: ReadonlyArray<Pair>,
  allowed: ReadonlyArray<string>,
  kind: Kind,
): string | undefined => {
  const keys = pairs.map(([key]) => key)
  const unknown = keys.find((key) => !allowed.includes(key))
  if (unknown !== undefined) return `unknown query key ${quote(unknown)}`

  const membersKey = kinds[kind].query.members?.key
  const repeated = findRepeated(keys.filter((key) => key !== "name" && key !== membersKey))
  if (repeated !== undefined)
    return `the query key ${repeated} occurs ${countIn(keys, repeated)} times; once is allowed`

  const [empty] = pairs.find(([, value]) => value === "") ?? []
  if (empty !== undefined) return `the query key ${empty} is empty`

  const clash = exclusiveKeys(kind).find((both) => both.every((key) => keys.includes(key)))
  if (clash !== undefined) return `the query keys ${clash.join(" and ")} exclude each other`

  const namesAnything = keys.includes("name") || keys.includes("path")
  return namesAnything ? undefined : "the query key name is missing"
}

const checkLength = (key: string, text: string, kind: Kind): string | undefined => {
  const { longestName } = kinds[kind].query
  return text.length > longestName
    ? `the query key ${key} has ${text.length} characters; ${longestName} are allowed under ${kind}`
    : undefined
}

/** What is wrong with the names. Undefined: nothing. */
const checkNames = (names: ReadonlyArray<string>, kind: Kind): string | undefined => {
  if (names.length > MAX_NAMES) return `the query has ${names.length} names; ${MAX_NAMES} are allowed`

  const { longestName } = kinds[kind].query
  const tooLong = names.find((name) => name.length > longestName)
  if (tooLong !== undefined) return checkLength("name", tooLong, kind)

  const repeated = findRepeated(names)
  return repeated === undefined
    ? undefined
    : `the name ${quote(repeated)} occurs ${countIn(names, repeated)} times in the query; once is allowed`
}

/** What is wrong with a selector, by the grammar of its service. Undefined: nothing. */
const checkSelector = (selector: VersionSelector, kind: Kind): string | undefined => {
  for (const [key, { fault: grammar }] of Object.entries(kinds[kind].query.selectors)) {
    const text = selector[key]
    const fault = text === undefined ? undefined : grammar(text)
    if (text !== undefined && fault !== undefined) return `the query key ${key} is ${quote(text)}; ${fault}`
  }
  return undefined
}

/** What is wrong with the members. Undefined: nothing. */
const checkMembers = (members: ReadonlyArray<string>, kind: Kind): string | undefined => {
  const rules = kinds[kind].query.members
  if (rules === undefined) return undefined
  const { fault: grammar, key } = rules
  if (members.length > MAX_NAMES)
    return `the query key ${key} occurs ${members.length} times; ${MAX_NAMES} are allowed`
  const repeated = findRepeated(members)
  if (repeated !== undefined)
    return `the ${key} ${quote(repeated)} occurs ${countIn(members, repeated)} times in the query; once is allowed`
  for (const member of members) {
    const fault = grammar(member)
    if (fault !== undefined) return `the query key ${key} is ${quote(member)}; ${fault}`
  }
  return undefined
}

/** What is wrong with the form. Undefined: nothing. */
const checkForm = (form: string | undefined, kind: Kind): string | undefined => {
  const words: ReadonlyArray<string> = kinds[kind].query.forms?.words ?? []
  return form === undefined || words.includes(form)
    ? undefined
    : `the query key ${FORM_KEY} is ${quote(form)}; allowed is ${words.join(", ")}`
}

const valuesOf = (pairs: ReadonlyArray<Pair>, wanted: string): ReadonlyArray<string> =>
  pairs.filter(([key]) => key === wanted).map(([, value]) => value)

const parseField = (
  json: string | undefined,
): Result.Result<{ readonly field?: ReadonlyArray<string> }, string> =>
  json === undefined
    ? Result.succeed({})
    : Result.mapBoth(parsePointer(json), {
        onSuccess: (field) => ({ field }),
        onFailure: (fault) => `the query key json is ${quote(json)}: ${fault}`,
      })

const isNonEmpty = <A>(items: ReadonlyArray<A>): items is readonly [A, ...ReadonlyArray<A>] =>
  items.length > 0

/** Parses the URL (path and query) of a request for a kind; fails with what is wrong with it. */
export const parseQuery = (purpose: Purpose, kind: Kind, url: string): Result.Result<Query, string> =>
  Result.gen(function* () {
    const pairs = yield* parsePairs(splitUrl(url)[1])
    const allowed = allowedKeys(purpose, kind)
    const fault = checkKeys(pairs, allowed, kind)
    if (fault !== undefined) return yield* Result.fail(`${fault}; ${describe(allowed, kind)}`)

    const { json, path, [FORM_KEY]: form, ...rest } = Object.fromEntries(pairs)
    const field = yield* parseField(json)
    if (path !== undefined) {
      const tooLong = checkLength("path", path, kind)
      return tooLong === undefined ? { _tag: "ByPath", path, ...field } : yield* Result.fail(tooLong)
    }

    const membersKey = kinds[kind].query.members?.key
    const selector = Object.fromEntries(
      Object.entries(rest).filter(([key]) => key !== "name" && key !== membersKey),
    )
    const names = valuesOf(pairs, "name")
    const members = membersKey === undefined ? [] : valuesOf(pairs, membersKey)
    const wrong =
      checkNames(names, kind) ??
      checkMembers(members, kind) ??
      checkForm(form, kind) ??
      checkSelector(selector, kind)
    if (wrong !== undefined || !isNonEmpty(names)) return yield* Result.fail(wrong ?? describe(allowed, kind))
    return {
      _tag: "ByNames",
      names,
      selector,
      ...field,
      ...(isNonEmpty(members) ? { members } : {}),
      ...(form === undefined ? {} : { form }),
    }
  })

/**
 * The query of a request to the second port, as keys with one value each. Pure.
 *
 * Nothing is ignored: a key that the route does not know, and one that is there twice, are refused, because the answer
 * would be to another question than the one that was asked. A key without a value counts as absent.
 */
import * as Result from "effect/Result"
import { quote } from "../query.ts"
import { decodePercent } from "../utf8.ts"
import type { Refusal } from "./Peer.ts"

export const bad = (detail: string): Result.Result<never, Refusal> => Result.fail({ status: 400, detail })

export type Query = ReadonlyMap<string, string>

/** Path and query of a URL. */
export const partsOf = (url: string): readonly [path: string, search: string] => {
  const [path = "", search = ""] = url.split(/\?(.*)/s, 2)
  return [path, search]
}

/** The query, if it has no other keys than these. `unknown` is how the peer calls a key that it does not know. */
export const queryOf = (
  search: string,
  allowed: ReadonlyArray<string>,
  unknown: string,
): Result.Result<Query, Refusal> => {
  if (decodePercent(search) === undefined) return bad("the query is not percent-encoded UTF-8")
  const pairs = Array.from(new URLSearchParams(search))
  const hint = `; allowed: ${allowed.join(", ")}`
  const stranger = pairs.find(([key]) => !allowed.includes(key))
  if (stranger !== undefined) return bad(`${unknown}: ${quote(stranger[0])}${hint}`)
  const twice = pairs.find(([key], index) => pairs.findIndex(([other]) => other === key) !== index)
  if (twice !== undefined) return bad(`the query parameter ${twice[0]} is there more than once`)
  return Result.succeed(new Map(pairs))
}

/** The value of a key, where it has one. */
export const valueOf = (query: Query, key: string): string | undefined => query.get(key) || undefined

/** The selectors that a query has, as an object of them. */
export const selectorOf = <Key extends string>(
  query: Query,
  keys: ReadonlyArray<Key>,
): Readonly<Partial<Record<Key, string>>> => {
  const pairs = keys.flatMap((key) => {
    const value = valueOf(query, key)
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(pairs) as Partial<Record<Key, string>>
}

const REFRESH: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false }

/** `refreshNow`: whether AWS is to be asked whatever is held. */
export const refreshNowOf = (query: Query): Result.Result<boolean, Refusal> => {
  const text = query.get("refreshNow") ?? "false"
  const value = Object.hasOwn(REFRESH, text.toLowerCase()) ? REFRESH[text.toLowerCase()] : undefined
  return value === undefined
    ? bad(`invalid refreshNow value: ${quote(text)}; allowed: true, 1, false, 0`)
    : Result.succeed(value)
}

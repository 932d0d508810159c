/**
 * The query of a request to the second port: keys with one value each. Pure.
 *
 * An unknown or repeated key is refused, because ignoring it would answer another question than the one asked. A key
 * without a value counts as absent.
 */
import * as Result from "effect/Result"
import type { VersionSelector } from "../../kinds/Section.ts"
import { quote } from "../query.ts"
import { decodePercent } from "../url.ts"
import type { InvalidRequest } from "./Peer.ts"

export const badRequest = (detail: string): Result.Result<never, InvalidRequest> =>
  Result.fail({ problem: "bad-request", detail })

export type Query = ReadonlyMap<string, string>

/** Reads a query with these keys. `unknown` is what the peer calls any other key. */
export const parseQuery = (
  search: string,
  allowed: ReadonlyArray<string>,
  unknown: string,
): Result.Result<Query, InvalidRequest> => {
  if (decodePercent(search) === undefined) return badRequest("the query is not percent-encoded UTF-8")
  const pairs = Array.from(new URLSearchParams(search))
  const hint = `; allowed: ${allowed.join(", ")}`
  const unknownPair = pairs.find(([key]) => !allowed.includes(key))
  if (unknownPair !== undefined) return badRequest(`${unknown}: ${quote(unknownPair[0])}${hint}`)
  const repeated = pairs.find(([key], index) => pairs.findIndex(([other]) => other === key) !== index)
  if (repeated !== undefined) return badRequest(`the query parameter ${repeated[0]} is there more than once`)
  return Result.succeed(new Map(pairs))
}

/** The value of a key, if it has one. */
export const valueOf = (query: Query, key: string): string | undefined => query.get(key) || undefined

/** The selectors in a query. */
export const readSelector = (query: Query, keys: ReadonlyArray<string>): VersionSelector =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = valueOf(query, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )

const REFRESH: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false }

/** `refreshNow`: whether AWS must be called even if the value in memory is fresh. */
export const readRefreshNow = (query: Query): Result.Result<boolean, InvalidRequest> => {
  const text = query.get("refreshNow") ?? "false"
  const value = Object.hasOwn(REFRESH, text.toLowerCase()) ? REFRESH[text.toLowerCase()] : undefined
  return value === undefined
    ? badRequest(`invalid refreshNow value: ${quote(text)}; allowed: true, 1, false, 0`)
    : Result.succeed(value)
}

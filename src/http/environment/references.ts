/**
 * Parses the query of `GET /environment`: `set=<variable>=<reference>`, once for each variable. Pure.
 *
 * A reference is `cache-extension://<kind>?<query>`, with the kinds and the query keys of the port. It names one value or,
 * with `path`, all parameters below a path. `answer.ts` reads them, `scripts/exec.sh` asks for them.
 */
import * as Result from "effect/Result"
import type { Kind } from "../../domain/Address.ts"
import { KINDS } from "../../kinds/kinds.ts"
import type { Refusal } from "../problems.ts"
import { findRepeated, MAX_NAMES, parsePairs, parseQuery, type Query, quote } from "../query.ts"
import { splitUrl } from "../url.ts"

/** What a reference begins with. */
export const SCHEME = "cache-extension://"

/** A variable and what it refers to, or why it refers to nothing. */
export interface Wish {
  readonly variable: string
  readonly reference: Result.Result<Reference, Refusal>
}

export interface Reference {
  readonly kind: Kind
  readonly query: Query
}

/** The names that shells and languages can read (POSIX.1-2017, XBD 8.1). */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

export const isVariable = (name: string): boolean => VARIABLE.test(name)

const FORMS = KINDS.map((kind) => `${SCHEME}${kind}?name=`).join(", ")

const badRequest = (detail: string): Refusal => ({ problem: "bad-request", detail })

const isKind = (text: string): text is Kind => KINDS.some((kind) => kind === text)

/** A reference without its scheme is a kind and a query, as in the URLs of the port. */
const parseReference = (text: string): Wish["reference"] =>
  Result.gen(function* () {
    if (!text.startsWith(SCHEME)) {
      // Not quoted: if a client sends the wrong variables, this is a value.
      return yield* Result.fail(badRequest(`that is no reference; allowed: ${FORMS}`))
    }
    const [kind, query] = splitUrl(text.slice(SCHEME.length))
    if (!isKind(kind)) {
      return yield* Result.fail(badRequest(`there is nothing at ${quote(SCHEME + kind)}; allowed: ${FORMS}`))
    }
    // A fragment would be part of a name here, and never reaches a server elsewhere.
    if (query.includes("#")) return yield* Result.fail(badRequest("# in a reference is written %23"))
    const parsed = yield* Result.mapError(parseQuery("read", kind, `/${kind}?${query}`), badRequest)
    if (parsed._tag === "ByNames" && parsed.names.length > 1) {
      return yield* Result.fail(
        badRequest(`the reference has ${parsed.names.length} names; one is allowed for each variable`),
      )
    }
    return { kind, query: parsed }
  })

const ALLOWED = "allowed: set=<variable>=<reference>, once for each variable"

const parseWish = (setting: string): Result.Result<Wish, string> => {
  const end = setting.indexOf("=")
  const variable = end === -1 ? setting : setting.slice(0, end)
  // Without the rest: it may be a value, if a client sends the wrong variables.
  if (end === -1 || !isVariable(variable)) {
    return Result.fail(
      `${quote(variable)} cannot be the name of a variable; allowed: letters, digits and _, not beginning with a digit, and then = and a reference`,
    )
  }
  return Result.succeed({ variable, reference: parseReference(setting.slice(end + 1)) })
}

/** The variables of a request's URL. Fails if the request as a whole cannot be understood. */
export const parseWishes = (url: string): Result.Result<ReadonlyArray<Wish>, string> =>
  Result.gen(function* () {
    const pairs = yield* parsePairs(splitUrl(url)[1])
    const unknown = pairs.find(([key]) => key !== "set")
    if (unknown !== undefined) {
      return yield* Result.fail(`unknown query key ${quote(unknown[0])}; ${ALLOWED}`)
    }
    if (pairs.length === 0) return yield* Result.fail(`the query key set is missing; ${ALLOWED}`)
    if (pairs.length > MAX_NAMES) {
      return yield* Result.fail(`the query has ${pairs.length} variables; ${MAX_NAMES} are allowed`)
    }
    const wishes = yield* Result.all(pairs.map(([, setting]) => parseWish(setting)))
    const repeated = findRepeated(wishes.map(({ variable }) => variable))
    return repeated === undefined
      ? wishes
      : yield* Result.fail(`the variable ${repeated} occurs several times; once is allowed`)
  })

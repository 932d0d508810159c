/**
 * Errors of the database behind the RDS Data API. The Data API passes them on under a few error names with the database's
 * message; the SQLSTATE in it tells what happened.
 *
 * A message may quote what the statement has read, as in `invalid input syntax for type integer: "..."`. Only messages of
 * errors that occur before anything is read are repeated as they are. `queries.ts` passes every failed call through here.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import * as Predicate from "effect/Predicate"
import {
  AccessDenied,
  InvalidRequest,
  SourceError,
  type SourceErrorReason,
  Throttled,
  TimedOut,
  TooLarge,
  Unavailable,
} from "../../../domain/SourceError.ts"

type Reason = new (fields: { readonly detail: string }) => SourceErrorReason

/** The names under which the Data API passes on what the database says. */
const OF_THE_DATABASE: ReadonlySet<string> = new Set([
  "BadRequestException",
  "DatabaseErrorException",
  "StatementTimeoutException",
  "UnsupportedResultException",
])

const SQLSTATE = /SQLState: ?([0-9A-Z]{5})/iu

/** The reasons by the beginning of the SQLSTATE; the first match counts. Everything else is a refusal of the statement. */
const REASONS: ReadonlyArray<readonly [state: RegExp, Reason]> = [
  [/^28|^42501/, AccessDenied],
  // Too many connections, or not enough memory or disk.
  [/^53/, Throttled],
  // Cancelled, for instance after the database's own statement_timeout.
  [/^57014/, TimedOut],
  // Connections, transactions that may be repeated, shut-downs.
  [/^08|^40|^57/, Unavailable],
]

/** Classes whose messages quote only the statement and names in the database. */
const SAFE_CLASSES = /^(?:08|0A|25|28|3D|3F|40|42|53|54|55|57)/

const QUOTED = /"[^"]*"?|'[^']*'?/gu

/** The longest message that is repeated, in characters. */
const MAX_MESSAGE = 500

/** The first line of a message; further ones have details, such as the key of a row. */
const firstLine = (message: string): string =>
  message
    .split(/[\r\n]/, 1)
    .join()
    .slice(0, MAX_MESSAGE)
    .trim()

/** The part of a message that may be shown. Errors that a function of the database raises (class P0) may contain anything. */
const safeMessage = (message: string, state: string | undefined): string => {
  if (state?.startsWith("P0") === true)
    return `a function of the database has raised an error; SQLState: ${state}`
  if (state !== undefined && SAFE_CLASSES.test(state)) return firstLine(message)
  const masked = firstLine(message).replaceAll(QUOTED, "…")
  return state === undefined || masked.includes(state) ? masked : `${masked}; SQLState: ${state}`
}

/** The Data API's messages about a result of more than 1 MiB. One of them names several possible reasons. */
const SIZE = /size limit|too large|exceeds? the (?:maximum|limit)|more than the allowed/iu

const HINTS: readonly (readonly [state: RegExp, hint: string])[] = [
  [/^25006/, "statements under sql run in a read-only transaction"],
]

/** The `SourceError` for an error of the database; undefined for any other. */
export const databaseError = (cause: unknown): SourceError | undefined => {
  const { message, name } = Predicate.isObject(cause) ? (cause as Partial<Error>) : {}
  if (name === undefined || !OF_THE_DATABASE.has(name) || !Predicate.hasProperty(cause, "$fault"))
    return undefined
  const text = message ?? ""
  const [, state] = SQLSTATE.exec(text) ?? []
  if (state === undefined && SIZE.test(text)) {
    const hint = "the result is larger than the Data API returns (1 MiB): select fewer rows or columns"
    return new SourceError({ reason: new TooLarge({ detail: `${name}: ${hint}` }) })
  }
  if (name === "StatementTimeoutException")
    return new SourceError({ reason: new TimedOut({ detail: `${name}: the statement took too long` }) })
  const [, Known] = REASONS.find(([states]) => state !== undefined && states.test(state)) ?? []
  const [, hint] = HINTS.find(([states]) => state !== undefined && states.test(state)) ?? []
  const said = [name, safeMessage(text, state), hint].filter((part) => part).join(": ")
  return new SourceError({ reason: new (Known ?? InvalidRequest)({ detail: said }) })
}

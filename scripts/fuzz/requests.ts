// Requests made of the OpenAPI document: its operations, keys and headers, with values that are known, that are its
// examples, and that nobody expects. Most are almost right, which goes deeper than noise.
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { operations, parametersOf } from "../../test/support/contract.ts"
import { NAMES } from "./world.ts"

/** A request as a client sends it. */
export interface FuzzRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

export const oneOf = <A>(first: A, ...others: ReadonlyArray<A>): Arbitrary.Arbitrary<A> => {
  const all = [first, ...others]
  const indexes = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: all.length - 1 }))
  return Arbitrary.map(Arbitrary.schema(indexes), (index) => all[index] ?? first)
}

/** One of several kinds of values; those named first are what a failure shrinks to. */
export const eitherOf = <A>(
  first: Arbitrary.Arbitrary<A>,
  ...others: ReadonlyArray<Arbitrary.Arbitrary<A>>
): Arbitrary.Arbitrary<A> => Arbitrary.flatMap(oneOf(first, ...others), (chosen) => chosen)

/** Values that have broken servers before. */
const ODD_TEXTS = [
  "",
  "%",
  "%00",
  "\0",
  "\r\nX-Injected: 1",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "${jndi:ldap://localhost}",
  "'; DROP TABLE parameters; --",
  "\u{1F600}",
  "\uFEFF\u202Etxet",
  "e\u0301\u0000",
  "a&b=c;d#e?f",
  "9".repeat(40),
  "-1",
  "1e9",
  "NaN",
  "x".repeat(3_000),
  "ü".repeat(700),
  "/".repeat(300),
  "/~2",
  "#/a",
  "/db/hosts/0",
  "/port",
  "",
  "*",
] as const

const anyText = Arbitrary.schema(Schema.String)
const oddText = oneOf<string>(...ODD_TEXTS)

const examplesOf = (schema: object): ReadonlyArray<string> =>
  ("examples" in schema && Array.isArray(schema.examples) ? schema.examples.flat() : []).map(String)

const examples = (schema: object): Arbitrary.Arbitrary<string> => {
  const [first = "A", ...others] = examplesOf(schema)
  return oneOf(first, ...others)
}

/** What a target may hold to be HTTP at all: no blanks and nothing beyond ASCII. */
const toTarget = (text: string): string => text.replaceAll(/[^\u0021-\u007e]/g, "")

/** How a value is written in a query. */
const WRITINGS: ReadonlyArray<(text: string) => string> = [
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => encodeURIComponent(text.toWellFormed()).replaceAll("%20", "+"),
  toTarget,
  (text) => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
  (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  (text) => `${encodeURIComponent(text.toWellFormed())}%zz%E0%A4`,
]
const [encode = encodeURIComponent, ...oddWritings] = WRITINGS
const writing = eitherOf(oneOf(encode), oneOf(encode), oneOf(encode), oneOf(encode, ...oddWritings))

const parameters = operations.flatMap(parametersOf)
const ALL_KEYS = Array.from(new Set(parameters.flatMap((one) => (one.in === "query" ? [one.name] : []))))

const pairOf = (key: Arbitrary.Arbitrary<string>, schema: object): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(
    Arbitrary.all({
      key,
      value: eitherOf(oneOf<string>(...NAMES), oneOf<string>(...NAMES), examples(schema), oddText, anyText),
      write: writing,
      sign: oneOf("=", "=", "=", "=", "=", "=", "=", "", "=="),
    }),
    ({ key, sign, value, write }) => toTarget(`${key}${sign}${write(value)}`),
  )

/** Characters that a header may have in Node's client (RFC 9110, section 5.5). */
const toFieldValue = (text: string): string => text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "")

const CACHE_CONTROLS = [
  "no-cache",
  "max-age=0",
  "max-stale",
  "no-store",
  "only-if-cached",
  "min-fresh=1, max-age",
]
const FIELD_NAMES = [
  "host",
  "x-forwarded-for",
  "origin",
  "range",
  "accept",
  "accept-encoding",
  "if-match",
  "cookie",
]
const HOSTS = ["localhost", "127.0.0.1:4000", "evil.example", "localhost, localhost", "[::1]", ""]

const fieldOf = (name: string, schema: object): Arbitrary.Arbitrary<readonly [string, string]> =>
  Arbitrary.map(
    eitherOf(
      examples(schema),
      oneOf("localhost", ...HOSTS),
      oneOf("no-cache", ...CACHE_CONTROLS),
      oddText,
      anyText,
    ),
    (value) => [name, toFieldValue(value)] as const,
  )

const NO_SCHEMA = {}

const ODD_METHODS = ["POST", "PUT", "PATCH", "TRACE", "PROPFIND"] as const
const ODD_PATHS = [
  "/",
  "/parameters/",
  "//health",
  "/Parameters",
  "/health/x",
  "/openapi.json/..",
  "/%2e%2e",
]

/** A request for one operation. */
const requestFor = ({ method, path, ...operation }: (typeof operations)[number]) => {
  const own = parametersOf({ method, path, ...operation })
  const pairs = own.flatMap(({ name, schema, ...one }) =>
    one.in === "query" ? [pairOf(oneOf(name), schema)] : [],
  )
  const fields = own.flatMap(({ name, schema, ...one }) =>
    one.in === "header" ? [fieldOf(name, schema)] : [],
  )
  const anyPair = pairOf(eitherOf(oneOf("name", ...ALL_KEYS), oddText), NO_SCHEMA)
  const anyField = Arbitrary.flatMap(oneOf("range", ...FIELD_NAMES), (name) => fieldOf(name, NO_SCHEMA))
  const [firstPair = anyPair] = pairs
  return Arbitrary.map(
    Arbitrary.all({
      method: eitherOf(oneOf(method), oneOf(method), oneOf(method), oneOf<string>(method, ...ODD_METHODS)),
      path: eitherOf(oneOf<string>(path), oneOf<string>(path), oneOf<string>(path, ...ODD_PATHS)),
      pairs: Arbitrary.array(eitherOf(firstPair, firstPair, ...pairs, anyPair), { maxLength: 4 }),
      fields: Arbitrary.array(eitherOf(anyField, ...fields), { maxLength: 2 }),
    }),
    ({ fields, method, pairs, path }): FuzzRequest => ({
      method,
      target: pairs.length === 0 ? path : `${path}?${pairs.join("&")}`,
      headers: Object.fromEntries(fields),
    }),
  )
}

const [firstOperation, ...otherOperations] = operations.map(requestFor)
if (firstOperation === undefined) throw new Error("schema/openapi.json declares no operation")

export const request: Arbitrary.Arbitrary<FuzzRequest> = eitherOf(firstOperation, ...otherOperations)

// Requests made from the OpenAPI document: its operations, query keys and headers, with known values, its examples, and odd
// values. Most requests are almost valid, which reaches more code than noise.
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { type Operation, operations, parametersOf } from "../../test/support/contract.ts"
import { eitherOf, type FuzzRequest, mostly, oneOf } from "./arbitraries.ts"
import { hostileText } from "./hostile.ts"
import { KNOWN } from "./world.ts"

/** Values that are known to break servers. */
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
const oddText = eitherOf(oneOf<string>(...ODD_TEXTS), hostileText)

const examplesOf = (schema: object): ReadonlyArray<string> =>
  ("examples" in schema && Array.isArray(schema.examples) ? schema.examples.flat() : []).map(String)

const examples = (schema: object): Arbitrary.Arbitrary<string> => {
  const [first = "A", ...others] = examplesOf(schema)
  return oneOf(first, ...others)
}

/** The characters of a valid request target: printable ASCII. */
const toTarget = (text: string): string => text.replaceAll(/[^\u0021-\u007e]/g, "")

/** Encodings of a value in a query. */
const WRITINGS: ReadonlyArray<(text: string) => string> = [
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => encodeURIComponent(text.toWellFormed()).replaceAll("%20", "+"),
  toTarget,
  (text) => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
  (text) => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  (text) => `${encodeURIComponent(text.toWellFormed())}%zz%E0%A4`,
]
const [encode = encodeURIComponent, ...oddWritings] = WRITINGS
const writing = mostly(oneOf(encode), oneOf(encode, ...oddWritings))

const parameters = operations.flatMap(parametersOf)
const ALL_KEYS = Array.from(new Set(parameters.flatMap((one) => (one.in === "query" ? [one.name] : []))))

type Texts = Arbitrary.Arbitrary<string>

/** A query key with a known value, an example or any other value. */
const pairOf = (keys: Texts, known: ReadonlyArray<string>, schema: object): Texts => {
  const usual = examples(schema)
  const [first, ...others] = known
  const likely = first === undefined ? usual : oneOf(first, ...others)
  return Arbitrary.map(
    Arbitrary.all({
      key: keys,
      value: mostly(likely, eitherOf(usual, oddText, anyText)),
      write: writing,
      sign: mostly(oneOf("="), oneOf("", "==")),
    }),
    ({ key, sign, value, write }) => toTarget(`${key}${sign}${write(value)}`),
  )
}

/** Characters that Node's client allows in a header (RFC 9110, section 5.5). */
const toFieldValue = (text: string): string => text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "")

/** Header values that change the response. */
const KNOWN_FIELDS: Readonly<Record<string, ReadonlyArray<string>>> = {
  "cache-control": [
    "no-cache",
    "max-age=0",
    "max-stale",
    "no-store",
    "only-if-cached",
    "min-fresh=1, max-age",
  ],
  "if-none-match": ["*", '"other"', 'W/"other", *'],
  host: ["localhost", "127.0.0.1:4000", "evil.example", "localhost, localhost", "[::1]", ""],
}
const FURTHER_FIELDS = ["host", "x-forwarded-for", "origin", "range", "accept-encoding", "if-match", "cookie"]

const fieldOf = (name: string, schema: object): Arbitrary.Arbitrary<readonly [string, string]> => {
  const [first, ...others] = KNOWN_FIELDS[name] ?? []
  const likely = first === undefined ? examples(schema) : oneOf(first, ...others)
  return Arbitrary.map(
    mostly(likely, eitherOf(oddText, anyText)),
    (value) => [name, toFieldValue(value)] as const,
  )
}

const NO_SCHEMA = {}

const ODD_METHODS = ["POST", "PUT", "PATCH", "TRACE", "PROPFIND"] as const
const ODD_PATHS = ["/", "/parameters/", "//health", "/Parameters", "/health/x", "/openapi.json/..", "/%2e%2e"]

const anyKey = eitherOf(oneOf("name", ...ALL_KEYS), oddText)
const anyPair = pairOf(
  anyKey,
  Object.values(KNOWN).flatMap(({ name = [] }) => name),
  NO_SCHEMA,
)
const anyField = Arbitrary.flatMap(oneOf("range", ...FURTHER_FIELDS), (name) => fieldOf(name, NO_SCHEMA))

/** A request for one operation. */
const requestFor = (operation: Operation): Arbitrary.Arbitrary<FuzzRequest> => {
  const { method, path } = operation
  const own = parametersOf(operation)
  const [name = anyPair, ...pairs] = own.flatMap(({ name, schema, ...one }) =>
    one.in === "query" ? [pairOf(oneOf(name), KNOWN[path]?.[name] ?? [], schema)] : [],
  )
  const fields = own.flatMap(({ name, schema, ...one }) =>
    one.in === "header" ? [fieldOf(name, schema)] : [],
  )
  const [field = anyField, ...otherFields] = fields
  const onePair = Arbitrary.map(name, (pair) => [pair])
  const somePairs = Arbitrary.array(eitherOf(name, name, ...pairs, anyPair), { maxLength: 4 })
  return Arbitrary.map(
    Arbitrary.all({
      method: mostly(oneOf(method), oneOf(method, ...ODD_METHODS)),
      path: mostly(oneOf(path), oneOf(path, ...ODD_PATHS)),
      pairs: eitherOf(onePair, onePair, somePairs),
      fields: Arbitrary.array(mostly(eitherOf(field, ...otherFields), anyField), { maxLength: 2 }),
    }),
    ({ fields, method, pairs, path }) => ({
      method,
      target: pairs.length === 0 ? path : `${path}?${pairs.join("&")}`,
      headers: Object.fromEntries(fields),
    }),
  )
}

/** How much more often values are read than anything else. */
const WEIGHT = 5

const weighted = operations.flatMap((operation) => {
  const isRead = operation.path in KNOWN && operation.method !== "OPTIONS"
  return Array.from({ length: isRead ? WEIGHT : 1 }, () => requestFor(operation))
})
const [first, ...others] = weighted
if (first === undefined) throw new Error("schema/openapi.json declares no operation")

export const request: Arbitrary.Arbitrary<FuzzRequest> = eitherOf(first, ...others)

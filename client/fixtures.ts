/**
 * The extension's answers made of fixtures, for tests of code that reads through the client: a `fetch` for
 * `createClient`, and what `CacheClient.layerTest` runs on. No port, no process, no AWS.
 *
 * It answers in HTTP as the extension does, so the client above it is the real one.
 */
import { CacheExtensionError, type Fetch, type Kind } from "./Client.ts"

/** Text, bytes, an error to fail with, or a JSON value. */
export type FixtureValue =
  | string
  | Uint8Array
  | CacheExtensionError
  | { readonly [field: string]: unknown }
  | ReadonlyArray<unknown>

/** A read, as a fixture that is a function sees it. */
export interface FixtureRead {
  /** Whether the value is wanted as AWS has it now: `refresh`, or a `maxAge` of 0. */
  readonly forced: boolean
}

export type Fixture = FixtureValue | ((read: FixtureRead) => FixtureValue)

/**
 * What is there, by kind and name. Another version has a name of its own: `C:3`, `C:prod`, `db/main:AWSPREVIOUS`. The
 * rest is answered with 404.
 */
export type Fixtures = Readonly<Partial<Record<Kind, Readonly<Record<string, Fixture>>>>>

/** A value ready to be sent. */
interface Body {
  readonly contentType: string
  readonly body: string | Uint8Array<ArrayBuffer>
}

const JSON_TYPE = "application/json"

type Answer = Body | CacheExtensionError

const notFound = (name: string, title: string, detail: string): CacheExtensionError =>
  new CacheExtensionError({
    status: 404,
    type: `urn:lambda-cache-extension:problem:${name}`,
    title,
    detail,
  })

const answerOf = (value: FixtureValue): Answer => {
  if (value instanceof CacheExtensionError) return value
  if (typeof value === "string") return { contentType: "text/plain; charset=utf-8", body: value }
  if (value instanceof Uint8Array)
    return { contentType: "application/octet-stream", body: Uint8Array.from(value) }
  return { contentType: JSON_TYPE, body: JSON.stringify(value) }
}

/** The tokens of a JSON pointer: RFC 6901, section 4. */
const tokensOf = (pointer: string): ReadonlyArray<string> =>
  pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))

const childOf = (value: unknown, token: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, token)
    ? (value as Readonly<Record<string, unknown>>)[token]
    : undefined

/** One field of a JSON value: a string as its text, anything else as JSON. */
const fieldOf = (answer: Answer, pointer: string): Answer => {
  if (answer instanceof CacheExtensionError) return answer
  const found = tokensOf(pointer).reduce(childOf, JSON.parse(String(answer.body)))
  if (found === undefined) return notFound("no-such-field", "No such field", `there is nothing at ${pointer}`)
  return typeof found === "string" ? answerOf(found) : { contentType: JSON_TYPE, body: JSON.stringify(found) }
}

const problemOf = ({ detail, status, title, type }: CacheExtensionError) => ({ type, status, title, detail })

const respond = (answer: Answer): Response =>
  answer instanceof CacheExtensionError
    ? new Response(JSON.stringify(problemOf(answer)), {
        status: answer.status,
        headers: { "content-type": "application/problem+json" },
      })
    : new Response(answer.body, { headers: { "content-type": answer.contentType } })

type Named = readonly [name: string, answer: Answer]

const isError = (entry: Named): entry is readonly [string, CacheExtensionError] =>
  entry[1] instanceof CacheExtensionError

const isBody = (entry: Named): entry is readonly [string, Body] => !isError(entry)

/** Among several, JSON is itself and bytes are base64. */
const memberOf = ({ body, contentType }: Body): unknown => {
  if (typeof body !== "string") return btoa(String.fromCharCode(...body))
  return contentType === JSON_TYPE ? JSON.parse(body) : body
}

const valuesOf = (named: ReadonlyArray<Named>) =>
  Object.fromEntries(named.filter(isBody).map(([name, body]) => [name, memberOf(body)]))

const errorsOf = (named: ReadonlyArray<Named>) =>
  Object.fromEntries(named.filter(isError).map(([name, error]) => [name, problemOf(error)]))

/** The keys of a query that say which values are read; the others say in which version. */
const VALUE_KEYS = new Set(["name", "path", "json"])

/** The directives that ask AWS first. */
const FORCED = /^(no-cache|max-age=0)$/

/** A `fetch` that answers from the fixtures. */
export const fetchOf =
  (fixtures: Fixtures): Fetch =>
  async (url, { headers, method }) => {
    if (method === "DELETE") return new Response(undefined, { status: 204 })
    const { pathname, searchParams } = new URL(url)
    const there = fixtures[pathname.slice(1) as Kind] ?? {}
    const forced = FORCED.test(headers["cache-control"] ?? "")

    const at = (key: string): Answer => {
      const fixture = Object.hasOwn(there, key) ? there[key] : undefined
      if (fixture === undefined)
        return notFound("no-data-found", "No data found", `${key} is not in the fixtures`)
      return answerOf(typeof fixture === "function" ? fixture({ forced }) : fixture)
    }
    const path = searchParams.get("path")
    if (path !== null) {
      const below = Object.keys(there).filter((name) => name.startsWith(path))
      return respond(answerOf(valuesOf(below.map((name) => [name, at(name)]))))
    }

    const version = [...searchParams]
      .filter(([key]) => !VALUE_KEYS.has(key))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, value]) => `:${value}`)
      .join("")
    const pointer = searchParams.get("json")
    const read = (name: string): Answer =>
      pointer === null ? at(name + version) : fieldOf(at(name + version), pointer)

    const [name = "", ...others] = searchParams.getAll("name")
    if (others.length === 0) return respond(read(name))
    const named = [name, ...others].map((one): Named => [one, read(one)])
    return respond(answerOf({ values: valuesOf(named), errors: errorsOf(named) }))
  }

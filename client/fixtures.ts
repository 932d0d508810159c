/**
 * A `fetch` that answers from fixtures, for tests of code that uses the client: `createClient({ fetch: fetchOf(...) })`,
 * and `CacheClient.layerTest`. No port, no process, no AWS.
 *
 * It answers like the extension does over HTTP, so that tests run the real client.
 */
import { CacheExtensionError, type Fetch, type Kind } from "./Client.ts"

/** Text, bytes, a JSON value, or an error. */
export type FixtureValue =
  | string
  | Uint8Array
  | CacheExtensionError
  | { readonly [field: string]: unknown }
  | ReadonlyArray<unknown>

/** What a fixture function gets. */
export interface FixtureRead {
  /** Whether the read demands the current value: `refresh`, or a `maxAge` of 0. */
  readonly forced: boolean
}

export type Fixture = FixtureValue | ((read: FixtureRead) => FixtureValue)

/**
 * Fixtures by kind and name. Other versions have their own names: `C:3`, `C:prod`, `db/main:AWSPREVIOUS`. Any other name
 * is a 404.
 */
export type Fixtures = Readonly<Partial<Record<Kind, Readonly<Record<string, Fixture>>>>>

/** A value as a response. */
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

const toAnswer = (value: FixtureValue): Answer => {
  if (value instanceof CacheExtensionError) return value
  if (typeof value === "string") return { contentType: "text/plain; charset=utf-8", body: value }
  if (value instanceof Uint8Array)
    return { contentType: "application/octet-stream", body: Uint8Array.from(value) }
  return { contentType: JSON_TYPE, body: JSON.stringify(value) }
}

/** The tokens of a JSON pointer (RFC 6901, section 4). */
const pointerTokens = (pointer: string): ReadonlyArray<string> =>
  pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))

const getChild = (value: unknown, token: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, token)
    ? (value as Readonly<Record<string, unknown>>)[token]
    : undefined

/** One field of a JSON value: a string as its text, anything else as JSON. */
const selectField = (answer: Answer, pointer: string): Answer => {
  if (answer instanceof CacheExtensionError) return answer
  const found = pointerTokens(pointer).reduce(getChild, JSON.parse(String(answer.body)))
  if (found === undefined) return notFound("no-such-field", "No such field", `there is nothing at ${pointer}`)
  return typeof found === "string" ? toAnswer(found) : { contentType: JSON_TYPE, body: JSON.stringify(found) }
}

/** Members of a JSON value: one as it is, several as an object with them. */
const selectMembers = (answer: Answer, [first = "", ...others]: ReadonlyArray<string>): Answer => {
  if (answer instanceof CacheExtensionError) return answer
  const value: unknown = JSON.parse(String(answer.body))
  const missing = [first, ...others].find((member) => getChild(value, member) === undefined)
  if (missing !== undefined) return notFound("no-such-field", "No such field", `there is no ${missing}`)
  const found =
    others.length === 0
      ? getChild(value, first)
      : Object.fromEntries([first, ...others].map((member) => [member, getChild(value, member)]))
  return { contentType: JSON_TYPE, body: JSON.stringify(found) }
}

const toProblem = ({ detail, status, title, type }: CacheExtensionError) => ({ type, status, title, detail })

const respond = (answer: Answer): Response =>
  answer instanceof CacheExtensionError
    ? new Response(JSON.stringify(toProblem(answer)), {
        status: answer.status,
        headers: { "content-type": "application/problem+json" },
      })
    : new Response(answer.body, { headers: { "content-type": answer.contentType } })

type Named = readonly [name: string, answer: Answer]

const isError = (entry: Named): entry is readonly [string, CacheExtensionError] =>
  entry[1] instanceof CacheExtensionError

const isBody = (entry: Named): entry is readonly [string, Body] => !isError(entry)

/** The value in a response to several names: JSON as it is, bytes as base64. */
const toMember = ({ body, contentType }: Body): unknown => {
  if (typeof body !== "string") return btoa(String.fromCharCode(...body))
  return contentType === JSON_TYPE ? JSON.parse(body) : body
}

const collectValues = (named: ReadonlyArray<Named>) =>
  Object.fromEntries(named.filter(isBody).map(([name, body]) => [name, toMember(body)]))

const collectErrors = (named: ReadonlyArray<Named>) =>
  Object.fromEntries(named.filter(isError).map(([name, error]) => [name, toProblem(error)]))

/** The query key that selects members. */
const MEMBERS_KEY = "flag"

/** The query keys that select values and parts of them. All others select a version. */
const VALUE_KEYS = new Set(["name", "path", "json", MEMBERS_KEY])

/** The values of Cache-Control that demand the current value. */
const FORCED = /^(no-cache|max-age=0)$/

/** Makes a `fetch` that answers from fixtures. */
export const fetchOf =
  (fixtures: Fixtures): Fetch =>
  async (url, { headers, method }) => {
    if (method === "DELETE") return new Response(undefined, { status: 204 })
    const { pathname, searchParams } = new URL(url)
    const ofKind = fixtures[pathname.slice(1) as Kind] ?? {}
    const forced = FORCED.test(headers["cache-control"] ?? "")

    const at = (key: string): Answer => {
      const fixture = Object.hasOwn(ofKind, key) ? ofKind[key] : undefined
      if (fixture === undefined)
        return notFound("no-data-found", "No data found", `${key} is not in the fixtures`)
      return toAnswer(typeof fixture === "function" ? fixture({ forced }) : fixture)
    }
    const path = searchParams.get("path")
    if (path !== null) {
      const below = Object.keys(ofKind).filter((name) => name.startsWith(path))
      return respond(toAnswer(collectValues(below.map((name) => [name, at(name)]))))
    }

    const version = [...searchParams]
      .filter(([key]) => !VALUE_KEYS.has(key))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, value]) => `:${value}`)
      .join("")
    const pointer = searchParams.get("json")
    const members = searchParams.getAll(MEMBERS_KEY)
    const read = (name: string): Answer => {
      const answer = at(name + version)
      if (pointer !== null) return selectField(answer, pointer)
      return members.length === 0 ? answer : selectMembers(answer, members)
    }

    const [name = "", ...others] = searchParams.getAll("name")
    if (others.length === 0) return respond(read(name))
    const named = [name, ...others].map((one): Named => [one, read(one)])
    return respond(toAnswer({ values: collectValues(named), errors: collectErrors(named) }))
  }

/**
 * How the client reads the extension's responses: text, JSON, several values at once, problems. Used by `Client.ts`, into
 * whose file the build puts it.
 */
import { CacheExtensionError, type Many, type Problem } from "./contract.ts"

/** The content type of a binary secret. */
const BINARY = "application/octet-stream"

/** An error that does not come from the extension. */
export const failed = (title: "Timeout" | "Unreachable" | "Unusable", detail: string): CacheExtensionError =>
  new CacheExtensionError({
    status: 0,
    type: `urn:lambda-cache-extension:problem:${title.toLowerCase()}`,
    title,
    detail,
  })

/** A response with its complete body. */
export interface Reply {
  readonly contentType: string
  readonly bytes: Uint8Array
}

const decode = ({ bytes }: Reply): string => new TextDecoder().decode(bytes)

/** The body as text. Throws for a binary value. */
export const toText = (reply: Reply): string => {
  if (reply.contentType === BINARY) throw failed("Unusable", "binary: use getBytes")
  return decode(reply)
}

/** Undefined, which no JSON text gives, if the text is not JSON. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The body as JSON. Throws for any other text. */
export const toJson = <Value>(reply: Reply): Value => {
  const value = parse(decode(reply))
  if (value === undefined) throw failed("Unusable", "not JSON: use get")
  return value as Value
}

/** The value as in `Many`, or a field of a JSON value. */
export const toValue = <Value>(reply: Reply): Value => {
  if (reply.contentType === "application/json") return toJson(reply)
  const text = reply.contentType === BINARY ? btoa(String.fromCharCode(...reply.bytes)) : decode(reply)
  return text as Value
}

/** The body of a response to several names. */
interface ManyBody<Value> {
  readonly values: Readonly<Record<string, Value>>
  readonly errors: Readonly<Record<string, Problem>>
}

/** The values and errors in a response to several names. */
export const toMany = <Value>(reply: Reply): Many<Value> => {
  const { errors, values } = toJson<ManyBody<Value>>(reply)
  const named = Object.entries(errors).map(([name, problem]) => [name, new CacheExtensionError(problem)])
  return { values, errors: Object.fromEntries(named) }
}

/** Merges results in their order. */
export const merge = <Value>(parts: ReadonlyArray<Many<Value>>): Many<Value> => ({
  values: Object.fromEntries(parts.flatMap(({ values }) => Object.entries(values))),
  errors: Object.fromEntries(parts.flatMap(({ errors }) => Object.entries(errors))),
})

/** The problem in an error response. The 503 while the extension shuts down has none. */
export const toProblem = (status: number, reply: Reply): Problem => ({
  type: "about:blank",
  title: `Status ${status}`,
  detail: "",
  ...(parse(decode(reply)) as Partial<Problem> | undefined),
  status,
})

/**
 * Moves the parts that several operations of an OpenAPI document share to its components, and refers to them there. This
 * halves the document and shows a reader what is the same.
 */
import * as Rec from "effect/Record"

/** An object of the document. */
export type Json = Readonly<Record<string, unknown>>

/** The parts of an operation that may be shared. */
export interface Operation {
  readonly parameters: ReadonlyArray<Json & { readonly name: string }>
  readonly responses: Readonly<Record<string, Response>>
}

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, Json>>
}

type Kind = "parameters" | "headers" | "responses"

/** Replaces a part. `made` is the part after its own parts have been replaced. */
type Replace = (kind: Kind, name: string, part: Json, made: Json) => Json

/** The names of responses, by status (RFC 9110, section 15). */
const PHRASES: Readonly<Record<string, string>> = {
  200: "OK",
  204: "NoContent",
  304: "NotModified",
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  422: "UnprocessableContent",
  429: "TooManyRequests",
  431: "RequestHeaderFieldsTooLarge",
  500: "InternalServerError",
  501: "NotImplemented",
  502: "BadGateway",
  503: "ServiceUnavailable",
  504: "GatewayTimeout",
}

const replaceIn = (operation: Operation, replace: Replace): Json => ({
  ...operation,
  parameters: operation.parameters.map((one) => replace("parameters", one.name, one, one)),
  responses: Rec.map(operation.responses, ({ headers, ...rest }, status) => {
    const made = headers && Rec.map(headers, (header, name) => replace("headers", name, header, header))
    return replace(
      "responses",
      PHRASES[status] ?? status,
      { ...rest, headers },
      made === undefined ? rest : { ...rest, headers: made },
    )
  }),
})

const partKey = (kind: Kind, name: string, part: Json): string => `${kind} ${name} ${JSON.stringify(part)}`

/** The keys of the parts that occur more than once. */
const findRepeated = (operations: ReadonlyArray<Operation>): ReadonlySet<string> => {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const operation of operations) {
    replaceIn(operation, (kind, name, part, made) => {
      const key = partKey(kind, name, part)
      ;(seen.has(key) ? repeated : seen).add(key)
      return made
    })
  }
  return repeated
}

/** The operations with references, and the components that they refer to. Variants of a name are numbered. */
export const share = (operations: ReadonlyArray<Operation>) => {
  const repeated = findRepeated(operations)
  const components: Record<Kind, Record<string, Json>> = { parameters: {}, headers: {}, responses: {} }
  const names = new Map<string, string>()

  const addAs = (kind: Kind, name: string, made: Json): string => {
    const variants = Object.keys(components[kind]).filter((known) => known.replace(/\d+$/, "") === name)
    const component = variants.length === 0 ? name : `${name}${variants.length + 1}`
    components[kind][component] = made
    return component
  }
  const refer: Replace = (kind, name, part, made) => {
    const key = partKey(kind, name, part)
    if (!repeated.has(key)) return made
    const component = names.get(key) ?? addAs(kind, name, made)
    names.set(key, component)
    return { $ref: `#/components/${kind}/${component}` }
  }
  return { operations: operations.map((operation) => replaceIn(operation, refer)), components }
}

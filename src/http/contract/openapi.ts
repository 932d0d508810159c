/**
 * The contract as an OpenAPI document (version 3.1), committed as `schema/openapi.json`: what clients are generated
 * from, and what the extension serves at /openapi.json.
 *
 * A test fails when the committed one is old; `npm run openapi` writes it anew.
 */
import * as OpenApi from "effect/http-api/OpenApi"
import * as Predicate from "effect/Predicate"
import { Api } from "./Api.ts"
import { outside } from "./outside.ts"

type Json = Readonly<Record<string, unknown>>

/** What a parameter or header is stands beside its schema: that is where tools look. */
const described = <A extends { readonly schema: object }>(one: A): A => {
  const { description, ...schema }: Json = { ...one.schema }
  return description === undefined ? one : { ...one, description, schema }
}

/** Empty lists say nothing; an operation's empty `security` would say that it needs none. */
const withoutEmpty = (operation: Json): Json =>
  Object.fromEntries(
    Object.entries(operation).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  )

const finishHeaders = (responses: OpenApi.OpenAPISpecResponses): Json =>
  Object.fromEntries(
    Object.entries(responses).map(([status, { headers = {}, ...response }]) => {
      const finished = Object.entries(headers).map(([name, header]) => [name, described(header)] as const)
      return [
        status,
        finished.length === 0 ? response : { ...response, headers: Object.fromEntries(finished) },
      ]
    }),
  )

const finishOperation = ({ parameters, responses, ...operation }: OpenApi.OpenAPISpecOperation): Json =>
  withoutEmpty({
    ...operation,
    parameters: parameters.map(described),
    responses: finishHeaders(responses),
  })

const finishPath = (operations: OpenApi.OpenAPISpecPathItem): Json =>
  Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [
      method,
      finishOperation(operation as OpenApi.OpenAPISpecOperation),
    ]),
  )

/** The keys of all objects in order, so that the document changes only where the contract does. */
const sorted = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(sorted)
  if (!Predicate.isObject(node)) return node
  const entries = Object.entries(node).map(([key, value]) => [key, sorted(value)] as const)
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** The document as a plain object. */
export const makeOpenApi = (): Json => {
  const { components, info, openapi, paths, servers, tags } = OpenApi.fromApi(Api)
  const { responses, schemas } = outside()
  const document = {
    openapi,
    info,
    servers,
    tags,
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, finishPath(item)])),
    components: { schemas: { ...components.schemas, ...schemas }, responses },
  }
  return sorted(document) as Json
}

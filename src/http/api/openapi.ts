/**
 * The contract as an OpenAPI document (version 3.1), committed as `schema/openapi.json`: what clients are generated
 * from, and what the extension serves at /openapi.json.
 *
 * A test fails when the committed one is old; `npm run openapi` writes it anew.
 */
import * as OpenApi from "effect/http-api/OpenApi"
import * as Predicate from "effect/Predicate"
import * as Rec from "effect/Record"
import * as Struct from "effect/Struct"
import { makeApi } from "./Api.ts"
import { outside } from "./outside.ts"
import { type Json, type Operation, share } from "./shared.ts"

/** What a parameter or header is stands beside its schema: that is where tools look. */
const described = <A extends { readonly schema: object }>(one: A): A => {
  const { description, ...schema }: Json = { ...one.schema }
  return description === undefined ? one : { ...one, description, schema }
}

/** An empty list of `security` would say that a request needs none. */
const finish = (operation: OpenApi.OpenAPISpecOperation): Operation => ({
  ...Struct.omit(operation, ["security"]),
  parameters: operation.parameters.map((parameter) => ({ ...described(parameter) })),
  responses: Rec.map({ ...operation.responses }, ({ headers, ...response }) => ({
    ...response,
    ...(headers === undefined ? {} : { headers: Rec.map(headers, (header) => ({ ...described(header) })) }),
  })),
})

/** Every operation with where it stands. */
const operationsOf = (paths: OpenApi.OpenAPISpecPaths) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method,
      operation: finish(operation as OpenApi.OpenAPISpecOperation),
    })),
  )

/** The keys of all objects in order, so that the document changes only where the contract does. */
const sorted = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(sorted)
  if (!Predicate.isObject(node)) return node
  const entries = Object.entries(node).map(([key, value]) => [key, sorted(value)] as const)
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** The document as a plain object. */
export const makeOpenApi = async (): Promise<Json> => {
  const { components, info, openapi, paths, servers, tags } = OpenApi.fromApi(await makeApi())
  const { responses, schemas } = outside()
  const found = operationsOf(paths)
  const shared = share(found.map(({ operation }) => operation))
  const pathItems: Record<string, Record<string, Json | undefined>> = {}
  found.forEach(({ method, path }, index) => {
    pathItems[path] = { ...pathItems[path], [method]: shared.operations[index] }
  })
  const document = {
    openapi,
    info,
    servers,
    tags,
    paths: pathItems,
    components: {
      ...shared.components,
      responses: { ...shared.components.responses, ...responses },
      schemas: { ...components.schemas, ...schemas },
    },
  }
  return sorted(document) as Json
}

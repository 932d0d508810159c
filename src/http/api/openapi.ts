/**
 * The contract as an OpenAPI document (version 3.1), committed as `schema/openapi.json`. Clients are generated from it, and
 * the extension serves it at /openapi.json.
 *
 * `npm run generate` writes it; a test fails if the committed document is outdated.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Predicate from "effect/Predicate"
import * as Rec from "effect/Record"
import * as Struct from "effect/Struct"
import { makeApi } from "./Api.ts"
import { problems } from "./problems.ts"
import { type Json, type Operation, share } from "./components.ts"

/**
 * The statuses with which the runtimes' own servers refuse a request and close the connection: invalid HTTP, a timeout,
 * headers that are too large, or an unknown expectation, encoding or version.
 */
export const MALFORMED_STATUSES: ReadonlyArray<number> = [400, 408, 413, 417, 431, 501, 505]

/**
 * An API of the responses to requests that match no operation: another path, another method. OpenAPI has no place for them,
 * so they become `components.responses`.
 */
const Unmatched = HttpApi.make("unmatched").add(
  HttpApiGroup.make("unmatched", { topLevel: true }).add(
    HttpApiEndpoint.post("any", "/any", {
      error: problems("with-bodies", ["not-found", "method-not-allowed"]),
    }),
  ),
)

const unmatched = () => {
  const { components, paths } = OpenApi.fromApi(Unmatched)
  const responses = paths["/any"]?.post?.responses
  return {
    schemas: components.schemas,
    responses: {
      NoSuchPath: responses?.[404],
      NoSuchMethod: responses?.[405],
      Malformed: {
        description: `Requests that are not valid HTTP, answered by the server itself: ${MALFORMED_STATUSES.join(", ")}, without a body. The connection is closed.`,
      },
    },
  }
}

/** Moves a description from the schema to the parameter or header itself, where tools look for it. */
const described = <A extends { readonly schema: object }>(one: A): A => {
  const { description, ...schema }: Json = { ...one.schema }
  return description === undefined ? one : { ...one, description, schema }
}

/** Without `security`: its empty list would say that a request needs none. */
const finish = (operation: OpenApi.OpenAPISpecOperation): Operation => ({
  ...Struct.omit(operation, ["security"]),
  parameters: operation.parameters.map((parameter) => ({ ...described(parameter) })),
  responses: Rec.map({ ...operation.responses }, ({ headers, ...response }) => ({
    ...response,
    ...(headers === undefined ? {} : { headers: Rec.map(headers, (header) => ({ ...described(header) })) }),
  })),
})

/** Every operation with its path and method. */
const listOperations = (paths: OpenApi.OpenAPISpecPaths) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      path,
      method,
      operation: finish(operation as OpenApi.OpenAPISpecOperation),
    })),
  )

/** Sorts the keys of all objects, so that the document changes only if the contract does. */
const sorted = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(sorted)
  if (!Predicate.isObject(node)) return node
  const entries = Object.entries(node).map(([key, value]) => [key, sorted(value)] as const)
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** The document as a plain object. */
export const makeOpenApi = async (): Promise<Json> => {
  const { components, info, openapi, paths, servers, tags } = OpenApi.fromApi(await makeApi())
  const { responses, schemas } = unmatched()
  const found = listOperations(paths)
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

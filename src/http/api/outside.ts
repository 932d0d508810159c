/**
 * What is answered to requests that no operation of the contract is about: another method, another path, or bytes that
 * are no HTTP request. OpenAPI has no place for these, so they become `components.responses`.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { problems } from "./problems.ts"

/**
 * What the hosts' own servers answer, and then close the connection: no HTTP; too slow; headers too large; an
 * expectation, an encoding or a version that they do not know.
 */
export const MALFORMED_STATUSES: ReadonlyArray<number> = [400, 408, 413, 417, 431, 501, 505]

/** An API of nothing but these answers, so that they are written as any other. */
const Outside = HttpApi.make("outside").add(
  HttpApiGroup.make("outside", { topLevel: true }).add(
    HttpApiEndpoint.post("any", "/any", {
      error: problems("with-bodies", ["not-found", "method-not-allowed"]),
    }),
  ),
)

/** The responses by their names, and the schemas that they refer to. */
export const outside = () => {
  const { components, paths } = OpenApi.fromApi(Outside)
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

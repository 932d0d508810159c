/**
 * AWS's REST protocol with JSON, for services that have no input in paths and headers, such as the RDS Data API and AppConfig
 * Data. Used in the place of the SDK's own protocol, by the clients of `client.ts`.
 *
 * As in `jsonProtocol.ts`, a reply is returned exactly as it was sent, and callers must check it. Whole numbers that a
 * JavaScript number cannot hold are bigints.
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
 */
import { HttpRequest, type HttpResponse } from "@smithy/core/protocols"
import type { ClientProtocol } from "@smithy/types"
import { errorFrom, type JsonProtocol, parseJson, toJson } from "./jsonProtocol.ts"

const WHOLE = /^-?\d+$/

/** For `JSON.parse`. The source text of a number has all its digits. */
const exactNumber = (_name: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && WHOLE.test(context?.source ?? "")
    ? BigInt(context?.source ?? 0)
    : value

/** An operation that is a GET, and whose reply is a body with headers. */
export interface GetOperation {
  readonly path: string
  readonly query: (input: unknown) => Readonly<Record<string, string>>
  readonly reply: (response: HttpResponse) => unknown
}

/** The operations of a service: the path of a POST, whose input and reply are JSON; or a GET. */
export type Operations = Readonly<Record<string, string | GetOperation>>

/** What is sent to the path of an operation. */
const requestOf = (operation: string | GetOperation | undefined, input: unknown) =>
  typeof operation === "object"
    ? { method: "GET", path: operation.path, query: operation.query(input), headers: {} }
    : {
        method: "POST",
        path: operation ?? "",
        headers: { "content-type": "application/json" },
        body: toJson(input),
      }

export const restJsonProtocol = (operations: Operations): ClientProtocol<HttpRequest, HttpResponse> => {
  const protocol: JsonProtocol = {
    setSerdeContext: () => {},
    serializeRequest: async ({ name }, input, { endpoint }) => {
      const { hostname, path: base, port, protocol: scheme } = await endpoint()
      const { path, ...request } = requestOf(operations[name], input)
      return new HttpRequest({
        protocol: scheme,
        hostname,
        ...(port === undefined ? {} : { port }),
        path: `${base.replace(/\/$/, "")}${path}`,
        ...request,
      })
    },
    deserializeResponse: async ({ name }, _context, response) => {
      const body = response.body as Uint8Array
      if (response.statusCode >= 300) throw errorFrom(response, parseJson(body))
      const operation = operations[name]
      return (
        typeof operation === "object" ? operation.reply(response) : parseJson(body, exactNumber)
      ) as never
    },
  }
  // The rest of the interface is for other callers than the SDK's middleware.
  return protocol as ClientProtocol<HttpRequest, HttpResponse>
}

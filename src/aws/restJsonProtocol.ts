/**
 * AWS's REST protocol with JSON, for services that have no input in paths and headers, such as the RDS Data API. Used in
 * the place of the SDK's own protocol, by the clients of `client.ts`.
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

/** `paths`: the path of each operation. */
export const restJsonProtocol = (
  paths: Readonly<Record<string, string>>,
): ClientProtocol<HttpRequest, HttpResponse> => {
  const protocol: JsonProtocol = {
    setSerdeContext: () => {},
    serializeRequest: async ({ name }, input, { endpoint }) => {
      const { hostname, path, port, protocol: scheme } = await endpoint()
      return new HttpRequest({
        method: "POST",
        protocol: scheme,
        hostname,
        ...(port === undefined ? {} : { port }),
        path: `${path.replace(/\/$/, "")}${paths[name] ?? ""}`,
        headers: { "content-type": "application/json" },
        body: toJson(input),
      })
    },
    deserializeResponse: async (_operation, _context, response) => {
      if (response.statusCode >= 300) throw errorFrom(response, parseJson(response.body as Uint8Array))
      return parseJson(response.body as Uint8Array, exactNumber) as never
    },
  }
  // The rest of the interface is for other callers than the SDK's middleware.
  return protocol as ClientProtocol<HttpRequest, HttpResponse>
}

/**
 * AWS's JSON protocols, 1.0 and 1.1, for the clients of `client.ts`, in the place of the SDK's own.
 *
 * A reply is returned exactly as it was sent. The SDK takes `null`, a list or a missing body for an empty reply, which from
 * DynamoDB means "no such item", and loses an attribute called `__proto__`. Callers must check the replies. Errors have
 * the members that `awsErrors.ts` reads.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import { HttpRequest, type HttpResponse } from "@smithy/core/protocols"
import { toBase64 } from "@smithy/core/serde"
import type { ClientProtocol } from "@smithy/types"
import * as Result from "effect/Result"
import { isObject } from "./shapes.ts"

/** JSON is UTF-8 (RFC 8259, section 8.1). Lenient decoding would give a text that was never stored. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

type Reviver = NonNullable<Parameters<typeof JSON.parse>[1]>

/** Undefined if the bytes are not JSON. A member called `__proto__` is kept like any other. */
export const parseJson = (bytes: Uint8Array, reviver?: Reviver): unknown =>
  Result.getOrUndefined(Result.try((): unknown => JSON.parse(utf8.decode(bytes), reviver)))

/** For `JSON.stringify`: binary values in base64. `converted` is no `Buffer` any more, because its `toJSON` has been called. */
function withBase64(this: Readonly<Record<string, unknown>>, name: string, converted: unknown): unknown {
  const value = this[name]
  return value instanceof Uint8Array ? toBase64(value) : converted
}

/** The body of a request. */
export const toJson = (input: unknown): string => JSON.stringify(input, withBase64)

/** `ParameterNotFound` of `com.amazonaws.ssm#ParameterNotFound:http://...`. */
const errorName = (type: unknown): string =>
  typeof type === "string" ? (type.split(/[,:]/, 1).join().split("#").at(-1) ?? "") : "Unknown"

/** The error of a refusal, with its body. */
export const errorFrom = ({ headers, statusCode }: HttpResponse, reply: unknown): Error => {
  const { __type, code, message, Message }: Readonly<Record<string, unknown>> = isObject(reply) ? reply : {}
  const text = message ?? Message
  return Object.assign(new Error(typeof text === "string" ? text : "UnknownError"), {
    name: errorName(__type ?? code ?? headers["x-amzn-errortype"]),
    $fault: statusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode: statusCode },
    __type,
  })
}

export type JsonProtocol = Pick<
  ClientProtocol<HttpRequest, HttpResponse>,
  "serializeRequest" | "deserializeResponse" | "setSerdeContext"
>

/** `target` is the service's prefix in `X-Amz-Target`. */
export const jsonProtocol = (
  version: "1.0" | "1.1",
  target: string,
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
        path: path.endsWith("/") ? path : `${path}/`,
        headers: {
          "content-type": `application/x-amz-json-${version}`,
          "x-amz-target": `${target}.${name}`,
        },
        body: toJson(input),
      })
    },
    deserializeResponse: async (_operation, _context, response) => {
      const reply = parseJson(response.body as Uint8Array)
      if (response.statusCode >= 300) throw errorFrom(response, reply)
      return reply as never
    },
  }
  // The rest of the interface is for other callers than the SDK's middleware.
  return protocol as ClientProtocol<HttpRequest, HttpResponse>
}

/**
 * Makes a client of one of AWS's JSON services return the parsed JSON of a reply as it was sent.
 *
 * The SDK's own deserializers treat `null`, a list or a missing body as an empty reply, which from DynamoDB means "no such
 * item", and lose an attribute called `__proto__`. Error replies are left to the SDK. Callers must check the replies.
 */
import type { DeserializeMiddleware, InitializeMiddleware, MetadataBearer } from "@smithy/types"
import * as Result from "effect/Result"

/** The part of the SDK's clients that is used. */
interface JsonClient {
  readonly config: { readonly streamCollector: (stream: unknown) => Promise<Uint8Array> }
  readonly middlewareStack: {
    add(
      middleware: DeserializeMiddleware<object, MetadataBearer>,
      options: { readonly step: "deserialize"; readonly priority: "low"; readonly name: string },
    ): void
    add(
      middleware: InitializeMiddleware<object, MetadataBearer>,
      options: { readonly step: "initialize"; readonly priority: "high"; readonly name: string },
    ): void
  }
}

interface HttpResponse {
  readonly statusCode: number
  body?: unknown
}

const isHttpResponse = (response: unknown): response is HttpResponse =>
  typeof response === "object" && response !== null && "statusCode" in response

const NOTHING = new Uint8Array()

/** JSON is UTF-8 (RFC 8259, section 8.1). Lenient decoding would give a text that was never stored. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Undefined if the bytes are not JSON. A member called `__proto__` is kept like any other. */
const parseJson = (bytes: Uint8Array): unknown =>
  Result.getOrUndefined(Result.try((): unknown => JSON.parse(utf8.decode(bytes))))

/** Makes the client's commands resolve with raw replies, whatever their types say. */
export const withRawReplies = <C>(client: C & JsonClient): C => {
  /** Replies by the context of their call, which the SDK passes to every middleware. */
  const replies = new WeakMap<object, { readonly json: unknown }>()

  /** Closest to the network: takes the body away, so that the SDK parses nothing. */
  const take: DeserializeMiddleware<object, MetadataBearer> = (next, context) => async (args) => {
    const result = await next(args)
    const { response } = result
    if (!isHttpResponse(response) || response.statusCode >= 300) return result
    const { body } = response
    const bytes = body instanceof Uint8Array ? body : await client.config.streamCollector(body)
    replies.set(context, { json: parseJson(bytes) })
    response.body = NOTHING
    return result
  }

  /** Outermost: returns the reply in place of the SDK's output. */
  const give: InitializeMiddleware<object, MetadataBearer> = (next, context) => async (args) => {
    const result = await next(args)
    const reply = replies.get(context)
    return reply === undefined ? result : { ...result, output: reply.json as MetadataBearer }
  }

  client.middlewareStack.add(give, { step: "initialize", priority: "high", name: "givesReplyAsSent" })
  client.middlewareStack.add(take, { step: "deserialize", priority: "low", name: "takesReplyAsSent" })
  return client
}

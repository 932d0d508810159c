/**
 * Replies as they were sent: makes a client of one of AWS's JSON services return the parsed JSON of a reply, before the SDK
 * changes it.
 *
 * The SDK takes a reply of `null`, of a list or without a body for an empty one, which from DynamoDB means "no such
 * item", and loses an attribute called `__proto__`. What is no answer of success is left to the SDK. The sources check
 * what they get by `replies.ts`.
 */
import type { DeserializeMiddleware, InitializeMiddleware, MetadataBearer } from "@smithy/types"
import * as Result from "effect/Result"

/** What is used of the SDK's clients, for JSON over HTTP. */
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

interface Answer {
  readonly statusCode: number
  body?: unknown
}

const isAnswer = (response: unknown): response is Answer =>
  typeof response === "object" && response !== null && "statusCode" in response

const NOTHING = new Uint8Array()

/** JSON is UTF-8 (RFC 8259, section 8.1). Other bytes would decode to a text that was never stored. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The JSON of a text; undefined if it is not JSON. A member called `__proto__` is kept like any other. */
const parsed = (bytes: Uint8Array): unknown =>
  Result.getOrUndefined(Result.try((): unknown => JSON.parse(utf8.decode(bytes))))

/** Makes a client return replies as they were sent, although its types say otherwise. */
export const withRawReplies = <C>(client: C & JsonClient): C => {
  /** The replies by the context of their call, which the SDK hands to each middleware. */
  const replies = new WeakMap<object, { readonly json: unknown }>()

  /** Next to the network: takes the body, so that the SDK finds none. */
  const take: DeserializeMiddleware<object, MetadataBearer> = (next, context) => async (args) => {
    const result = await next(args)
    const { response } = result
    if (!isAnswer(response) || response.statusCode >= 300) return result
    const { body } = response
    const bytes = body instanceof Uint8Array ? body : await client.config.streamCollector(body)
    replies.set(context, { json: parsed(bytes) })
    response.body = NOTHING
    return result
  }

  /** Around everything that the SDK does to a call. */
  const give: InitializeMiddleware<object, MetadataBearer> = (next, context) => async (args) => {
    const result = await next(args)
    const reply = replies.get(context)
    return reply === undefined ? result : { ...result, output: reply.json as MetadataBearer }
  }

  client.middlewareStack.add(give, { step: "initialize", priority: "high", name: "givesReplyAsSent" })
  client.middlewareStack.add(take, { step: "deserialize", priority: "low", name: "takesReplyAsSent" })
  return client
}

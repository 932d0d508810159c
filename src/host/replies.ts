/**
 * Replies that are none: what came back from AWS's address cannot be AWS's answer. Raised by the ways to AWS and by
 * `sources/connections.ts`; `sources/awsErrors.ts` knows the name and repeats the words, which are all our own.
 */

/** The call brought a reply that is not used. */
export class UnusableReply extends Error {
  override readonly name = "UnusableReply"
}

/** The reply is longer than any that the service sends. */
export const replyTooLarge = (maxBytes: number): UnusableReply =>
  new UnusableReply(`the reply is longer than the ${maxBytes} bytes that the operation can need`)

/** The proxy opens no way to AWS. Its words are not repeated. */
export const proxyRefused = (status: number): UnusableReply =>
  new UnusableReply(`the proxy of HTTPS_PROXY opens no way to AWS: it answers ${status}`)

/** The proxy answers nothing, under the name that the SDK gives to time-outs. */
export const proxyTimeout = (milliseconds: number): Error =>
  Object.assign(new Error(`no answer of the proxy of HTTPS_PROXY within ${milliseconds} ms`), {
    name: "TimeoutError",
  })

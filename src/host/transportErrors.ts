/**
 * Replies that are none: what came back from AWS's address cannot be AWS's answer. Raised by the ways to AWS and by
 * `aws/requestHandler.ts`; `aws/awsErrors.ts` knows the name and repeats the words, which are all our own.
 */

/** The call brought a reply that is not used. */
export class UnusableReply extends Error {
  override readonly name = "UnusableReply"
}

/** The reply is longer than any that the service sends for this operation. */
export const replyTooLarge = (maxBytes: number): UnusableReply =>
  new UnusableReply(`the reply is longer than the ${maxBytes} bytes that the operation can need`)

/** The proxy refused to connect to AWS. Its own words are not repeated. */
export const proxyRefused = (status: number): UnusableReply =>
  new UnusableReply(`the proxy of HTTPS_PROXY refused to connect to AWS: status ${status}`)

/** The proxy did not answer. Has the name that the SDK gives to time-outs. */
export const proxyTimeout = (milliseconds: number): Error =>
  Object.assign(new Error(`no answer from the proxy of HTTPS_PROXY within ${milliseconds} ms`), {
    name: "TimeoutError",
  })

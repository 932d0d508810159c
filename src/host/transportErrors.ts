/**
 * Errors of the transport to AWS. `aws/awsErrors.ts` maps them by their names and repeats their messages, which quote nothing
 * of a reply.
 */

/** The reply cannot be AWS's answer. */
export class UnusableReply extends Error {
  override readonly name = "UnusableReply"
}

/** The reply is longer than allowed. */
export class ReplyTooLong extends UnusableReply {
  readonly status: number
  /** Its length, if a header says so. */
  readonly bytes: number | undefined

  constructor(message: string, status: number, bytes: number | undefined) {
    super(message)
    this.status = status
    this.bytes = bytes
  }
}

/** The reply is longer than any that the service can send for this operation. */
export const replyTooLarge = (maxBytes: number, status: number, bytes?: number): ReplyTooLong =>
  new ReplyTooLong(
    `the reply is longer than the ${maxBytes} bytes that the operation can need`,
    status,
    bytes,
  )

/** The proxy refused to connect. Its message is not repeated. */
export const proxyRefused = (status: number): UnusableReply =>
  new UnusableReply(`the proxy of HTTPS_PROXY refused to connect: status ${status}`)

/** The proxy did not answer in time. The name is the SDK's for time-outs. */
export const proxyTimeout = (milliseconds: number): Error =>
  Object.assign(new Error(`no answer from the proxy of HTTPS_PROXY within ${milliseconds} ms`), {
    name: "TimeoutError",
  })

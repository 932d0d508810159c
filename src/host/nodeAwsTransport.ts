/**
 * How the SDK's clients reach AWS on Node. A module of its own, imported when the first call is due, so
 * that the bundle holds the one handler that is used and loads it after `register`.
 */
import { NodeHttpHandler } from "@smithy/node-http-handler"
import type { AwsTransport } from "./Platform.ts"

/** How long a TCP connection to AWS may take to open, in milliseconds. */
const CONNECT_TIMEOUT = 1_000

export const makeTransport = (): AwsTransport => ({
  requestHandler: NodeHttpHandler.create({ connectionTimeout: CONNECT_TIMEOUT }),
})

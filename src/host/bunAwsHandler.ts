/**
 * The HTTP handler of the SDK's clients under Bun: `fetch`, which keeps connections alive by itself.
 */
import { FetchHttpHandler } from "@smithy/fetch-http-handler"
import type { AwsRequestHandler } from "./Platform.ts"

export const makeRequestHandler = (): AwsRequestHandler => FetchHttpHandler.create({ keepAlive: true })

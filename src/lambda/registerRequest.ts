/**
 * The `register` request of the Extensions API. Apart from the client, because it is sent before anything else
 * is loaded: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { Environment, Exchange } from "../host/Platform.ts"

/** The events an extension may subscribe to. */
export type EventType = "INVOKE" | "SHUTDOWN"

/** The URL of a path of the Extensions API. */
export const extensionsApiUrl = (environment: Environment, path: string): string =>
  `http://${environment["AWS_LAMBDA_RUNTIME_API"] ?? ""}/2020-01-01/extension${path}`

/** What to subscribe to. On Managed Instances, invokes run in parallel and INVOKE is refused. */
export const eventsFor = (environment: Environment): ReadonlyArray<EventType> =>
  environment["AWS_LAMBDA_INITIALIZATION_TYPE"] === "lambda-managed-instances"
    ? ["SHUTDOWN"]
    : ["INVOKE", "SHUTDOWN"]

export const registerRequest = (
  environment: Environment,
  extensionName: string,
  events: ReadonlyArray<EventType>,
): Exchange => ({
  method: "POST",
  url: extensionsApiUrl(environment, "/register"),
  headers: { "lambda-extension-name": extensionName, "content-type": "application/json" },
  body: JSON.stringify({ events }),
})

/**
 * The `register` request of the Extensions API, and whether there is an API to send it to. Separate from the client, because it
 * is sent before anything else is loaded: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { Environment } from "../config/environment/variables.ts"
import type { Exchange } from "../host/Platform.ts"

/** The events an extension may subscribe to. */
export type EventType = "INVOKE" | "SHUTDOWN"

const RUNTIME_API = "AWS_LAMBDA_RUNTIME_API"
const HOST_AND_PORT = /^(?:[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/

/** Why the Extensions API cannot be called; undefined if the environment has an address for it. */
export const runtimeApiFault = (environment: Environment): string | undefined => {
  const address = environment[RUNTIME_API]
  if (address !== undefined && HOST_AND_PORT.test(address)) return undefined
  const found = address ? `is ${JSON.stringify(address.slice(0, 80))}, which is no host:port` : "is not set"
  return (
    `${RUNTIME_API} ${found}: this program runs as an extension of a Lambda function, and Lambda sets it. ` +
    `To try it on this machine, run "npm start" in a checkout of its project`
  )
}

/** The URL of a path in the Extensions API. */
export const extensionsApiUrl = (environment: Environment, path: string): string =>
  `http://${environment[RUNTIME_API] ?? ""}/2020-01-01/extension${path}`

/** The events to subscribe to. On Managed Instances, invokes run in parallel and INVOKE is refused. */
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

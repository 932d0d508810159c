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

/** Whether this is the environment of a Lambda function. Elsewhere there is nothing to register with: see `agent.ts`. */
export const isInLambda = (environment: Environment): boolean => Boolean(environment[RUNTIME_API])

/** Why the Extensions API cannot be called; undefined if its address has the right form. */
export const runtimeApiFault = (environment: Environment): string | undefined => {
  const address = environment[RUNTIME_API] ?? ""
  return HOST_AND_PORT.test(address)
    ? undefined
    : `${RUNTIME_API} is ${JSON.stringify(address.slice(0, 80))}, which is no host:port. Lambda sets it for extensions; ` +
        "without it this program runs as an agent outside of Lambda"
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

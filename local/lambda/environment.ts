/**
 * The environment variables of an extension and of a runtime, exactly as Lambda gives them.
 *
 * Nothing of the host's environment goes in. The lists are the developer guide's ("Defined runtime environment
 * variables") and what the service was seen to leave out for extensions. Pure.
 */
import path from "node:path"
import { LAMBDA_LD_LIBRARY_PATH, LAMBDA_PATH, LAMBDA_TIME_ZONE } from "./limits.ts"
import { type Settings } from "./options.ts"

export type Variables = Readonly<Record<string, string>>

/** Where the emulator serves credentials in the container's way, as the service does under SnapStart. */
export const CREDENTIALS_PATH = "/2021-04-23/credentials"

/** The token that the credentials endpoint asks for. */
export const credentialsToken = (settings: Settings): string =>
  Buffer.from(settings.credentials.sessionToken).toString("base64url")

const credentialVariables = (settings: Settings, api: string): Variables =>
  settings.initializationType === "snap-start"
    ? {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${api}${CREDENTIALS_PATH}`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: credentialsToken(settings),
      }
    : {
        AWS_ACCESS_KEY_ID: settings.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: settings.credentials.secretAccessKey,
        AWS_SESSION_TOKEN: settings.credentials.sessionToken,
      }

/**
 * What an extension gets: the function's own variables and these, which they cannot override. Not among them:
 * LAMBDA_TASK_ROOT, _HANDLER, AWS_EXECUTION_ENV, AWS_LAMBDA_LOG_*, LAMBDA_RUNTIME_DIR, X-Ray's.
 *
 * @param api host:port of the emulator
 * @param nodeFolder goes first on PATH, so that `#!/usr/bin/env node` finds the Node that runs the emulator
 */
export const extensionEnvironment = (settings: Settings, api: string, nodeFolder: string): Variables => ({
  PATH: `${nodeFolder}${path.delimiter}${LAMBDA_PATH}`,
  LD_LIBRARY_PATH: LAMBDA_LD_LIBRARY_PATH,
  TZ: LAMBDA_TIME_ZONE,
  ...settings.environment,
  ...credentialVariables(settings, api),
  AWS_REGION: settings.region,
  AWS_DEFAULT_REGION: settings.region,
  AWS_LAMBDA_RUNTIME_API: api,
  AWS_LAMBDA_FUNCTION_NAME: settings.functionName,
  AWS_LAMBDA_FUNCTION_VERSION: settings.functionVersion,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySize),
  AWS_LAMBDA_INITIALIZATION_TYPE: settings.initializationType,
})

/** Invokes that one environment of Managed Instances takes at a time, as far as a runtime client is told. */
const MANAGED_CONCURRENCY = 10

/** What the function's runtime gets: what an extension gets, and what only the function is told. */
export const functionEnvironment = (
  settings: Settings,
  api: string,
  nodeFolder: string,
  generation: number,
): Variables => {
  const spec = settings.function
  const taskRoot = spec.kind === "attach" ? "/var/task" : path.resolve(spec.taskRoot)
  return {
    ...extensionEnvironment(settings, api, nodeFolder),
    LANG: "en_US.UTF-8",
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    _HANDLER: settings.handler,
    AWS_EXECUTION_ENV: spec.kind === "node" ? "AWS_Lambda_nodejs24.x" : "AWS_Lambda_provided.al2023",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${settings.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[${settings.functionVersion}]${generation}`,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...(settings.managedInstances ? { AWS_LAMBDA_MAX_CONCURRENCY: String(MANAGED_CONCURRENCY) } : {}),
  }
}

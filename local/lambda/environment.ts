/**
 * The environment variables of an extension and of a runtime, as in Lambda. None are inherited from this process. Pure.
 *
 * Sources: the developer guide ("Defined runtime environment variables") and, for what extensions do not get,
 * observation of Lambda.
 */
import path from "node:path"
import { LAMBDA_LD_LIBRARY_PATH, LAMBDA_PATH, LAMBDA_TIME_ZONE } from "./limits.ts"
import { type Settings } from "./options.ts"

export type Variables = Readonly<Record<string, string>>

/** The path of the container credentials endpoint, which Lambda uses with SnapStart. */
export const CREDENTIALS_PATH = "/2021-04-23/credentials"

/** The token that the credentials endpoint requires. */
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
 * The variables of an extension: those of the function, and these, which the function cannot override. Extensions do not
 * get LAMBDA_TASK_ROOT, _HANDLER, AWS_EXECUTION_ENV, AWS_LAMBDA_LOG_*, LAMBDA_RUNTIME_DIR or those of X-Ray.
 *
 * @param api host:port of the emulator
 */
export const extensionEnvironment = (settings: Settings, api: string): Variables => ({
  // The folder of Node goes first, so that `#!/usr/bin/env node` finds the one in the settings.
  PATH: `${path.dirname(settings.node)}${path.delimiter}${LAMBDA_PATH}`,
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

/** The concurrency of an environment on Managed Instances, as passed to the runtime client. */
const MANAGED_CONCURRENCY = 10

/** The variables of the function's runtime: those of an extension, and more. */
export const functionEnvironment = (settings: Settings, api: string, generation: number): Variables => {
  const spec = settings.function
  const taskRoot = "taskRoot" in spec ? path.resolve(spec.taskRoot) : "/var/task"
  const runtime =
    spec.kind === "node"
      ? "nodejs24.x"
      : ((spec.kind === "command" ? spec.runtime : undefined) ?? "provided.al2023")
  return {
    ...extensionEnvironment(settings, api),
    LANG: "en_US.UTF-8",
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    _HANDLER: settings.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${settings.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[${settings.functionVersion}]${generation}`,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...(settings.managedInstances ? { AWS_LAMBDA_MAX_CONCURRENCY: String(MANAGED_CONCURRENCY) } : {}),
  }
}

/**
 * The options of the emulator, and the settings with all defaults.
 *
 * Names are those of a Lambda function's configuration.
 */
import * as Duration from "effect/Duration"
import path from "node:path"
import process from "node:process"
import { type InitializationType } from "./events.ts"
import { FUNCTION_TIMEOUT, INIT_TIMEOUT, LONG_INIT_TIMEOUT, SHUTDOWN_TIMEOUT } from "./limits.ts"

/** The function's code and its runtime. */
export type FunctionSpec =
  /** A handler, run by AWS's runtime client for Node.js. */
  | {
      readonly kind: "node"
      /** The folder of the code: `LAMBDA_TASK_ROOT`, and the process's working directory. */
      readonly taskRoot: string
      /** `<file without extension>.<export>`, as in `index.handler`. */
      readonly handler: string
      /** Arguments for node itself. */
      readonly execArgv?: ReadonlyArray<string>
      /** A file with the runtime client. Default: the package `aws-lambda-ric`. */
      readonly client?: string
    }
  /** Any process that speaks the Runtime API: the bootstrap of a custom runtime. */
  | {
      readonly kind: "command"
      readonly command: string
      readonly args?: ReadonlyArray<string>
      readonly taskRoot: string
      readonly handler?: string
      /** The end of AWS_EXECUTION_ENV. Default provided.al2023. */
      readonly runtime?: string
    }
  /** No process: any client of the Runtime API at the emulator's address is the runtime. */
  | { readonly kind: "attach"; readonly handler?: string }
  /** No function, only extensions: INIT ends without a runtime, and there is nothing to invoke. */
  | { readonly kind: "none"; readonly handler?: string }

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

export interface LambdaEmulatorOptions {
  readonly function: FunctionSpec
  /** In place of /opt/extensions: every regular file in it is executed. Default: no extensions. */
  readonly extensionsFolder?: string
  /** Working directory of the extensions. Default `/`. */
  readonly extensionCwd?: string
  /** The function's own environment variables, which extensions get too. */
  readonly environment?: Readonly<Record<string, string>>
  readonly functionName?: string
  readonly functionVersion?: string
  /** MB. Default 128. */
  readonly memorySize?: number
  readonly region?: string
  readonly accountId?: string
  /**
   * The credentials of the processes, in variables or (with SnapStart) at the credentials endpoint. They are read at every
   * start, so an object with getters can renew them. Default: dummies.
   */
  readonly credentials?: Credentials
  readonly initializationType?: InitializationType
  /** The function timeout, which includes the time of the extensions. Default 3 s. */
  readonly timeout?: Duration.Input
  /** Default 10 s on demand; otherwise 130 s, or the function timeout if that is longer. */
  readonly initTimeout?: Duration.Input
  /** The duration of the SHUTDOWN phase. Default 2 s. */
  readonly shutdownTimeout?: Duration.Input
  /** Whether all processes are stopped between invokes. Default true; Managed Instances never freeze. */
  readonly freeze?: boolean
  /** Whether events carry a trace header. Default true. */
  readonly tracing?: boolean
  /** Default 0: any free port of the loopback interface. */
  readonly port?: number
  /** The Node that runs a Node handler, and extensions that look for `node`. Default: the one that runs the emulator. */
  readonly node?: string
  /**
   * How far the extensions yield to other processes when CPUs are scarce: added to the nice value. Default 0. A fleet yields
   * to what stands for AWS, which has computers of its own.
   */
  readonly nice?: number
  /** How many events and log lines are kept, at least. Default: all. */
  readonly keep?: number
}

export interface Settings {
  readonly function: FunctionSpec
  readonly handler: string
  readonly extensionsFolder: string | undefined
  readonly extensionCwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly functionName: string
  readonly functionVersion: string
  readonly functionArn: string
  readonly memorySize: number
  readonly region: string
  readonly accountId: string
  readonly credentials: Credentials
  readonly initializationType: InitializationType
  readonly managedInstances: boolean
  readonly timeout: Duration.Duration
  readonly initTimeout: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  readonly freeze: boolean
  readonly tracing: boolean
  readonly port: number
  readonly node: string
  readonly nice: number
}

const DUMMY_CREDENTIALS: Credentials = {
  accessKeyId: "ASIALOCALEMULATOR000",
  secretAccessKey: "local-secret-access-key",
  sessionToken: "local-session-token",
}

export const resolveOptions = (options: LambdaEmulatorOptions): Settings => {
  const functionName = options.functionName ?? "local-function"
  const region = options.region ?? "us-east-1"
  const accountId = options.accountId ?? "123456789012"
  const initializationType = options.initializationType ?? "on-demand"
  const managedInstances = initializationType === "lambda-managed-instances"
  const timeout = Duration.fromInputUnsafe(options.timeout ?? FUNCTION_TIMEOUT)
  return {
    function: options.function,
    handler: options.function.handler ?? "function.handler",
    // The extensions run in another working directory.
    extensionsFolder:
      options.extensionsFolder === undefined ? undefined : path.resolve(options.extensionsFolder),
    extensionCwd: options.extensionCwd ?? "/",
    environment: options.environment ?? {},
    functionName,
    functionVersion: options.functionVersion ?? "$LATEST",
    functionArn: `arn:aws:lambda:${region}:${accountId}:function:${functionName}`,
    memorySize: options.memorySize ?? 128,
    region,
    accountId,
    credentials: options.credentials ?? DUMMY_CREDENTIALS,
    initializationType,
    managedInstances,
    timeout,
    initTimeout:
      options.initTimeout !== undefined
        ? Duration.fromInputUnsafe(options.initTimeout)
        : initializationType === "on-demand"
          ? INIT_TIMEOUT
          : Duration.max(LONG_INIT_TIMEOUT, timeout),
    shutdownTimeout: Duration.fromInputUnsafe(options.shutdownTimeout ?? SHUTDOWN_TIMEOUT),
    freeze: (options.freeze ?? true) && !managedInstances,
    tracing: options.tracing ?? true,
    port: options.port ?? 0,
    node: options.node ?? process.execPath,
    nice: options.nice ?? 0,
  }
}

/**
 * The numbers and literal values of the Lambda service, in one place.
 *
 * Everything here is the service's rule, not a choice of ours: AWS Lambda developer guide ("Lambda execution
 * environment", "Extensions API", "quotas") and the open-source runtime interface emulator of AWS.
 */
import * as Duration from "effect/Duration"

/** The INIT phase of an on-demand environment; past it, init is tried again inside the first invoke. */
export const INIT_TIMEOUT = Duration.seconds(10)

/** Provisioned concurrency, SnapStart and Managed Instances get this, or the function's timeout where that is longer. */
export const LONG_INIT_TIMEOUT = Duration.seconds(130)

/** The function timeout of a new function. */
export const FUNCTION_TIMEOUT = Duration.seconds(3)

/** The SHUTDOWN phase of an environment with external extensions. */
export const SHUTDOWN_TIMEOUT = Duration.seconds(2)

/** The part of the SHUTDOWN phase that the runtime has between SIGTERM and SIGKILL. */
export const RUNTIME_SHUTDOWN_TIMEOUT = Duration.millis(300)

/** Extensions of one function, internal ones included. */
export const MAX_EXTENSIONS = 10

/** A response of the function: 6 MiB and 100 bytes. */
export const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100

/** `PATH` of an environment; the emulator puts the folder of its own Node in front. */
export const LAMBDA_PATH = "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin"

export const LAMBDA_LD_LIBRARY_PATH =
  "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"

export const LAMBDA_TIME_ZONE = ":UTC"

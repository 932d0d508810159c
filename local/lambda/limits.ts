/**
 * Limits and fixed values of Lambda.
 *
 * Sources: the AWS Lambda developer guide ("Lambda execution environment", "Extensions API", "quotas") and AWS's
 * open-source runtime interface emulator.
 */
import * as Duration from "effect/Duration"

/** The INIT phase of an on-demand environment. After that INIT is tried again inside the first invoke. */
export const INIT_TIMEOUT = Duration.seconds(10)

/** INIT with provisioned concurrency, SnapStart and Managed Instances; or the function timeout if that is longer. */
export const LONG_INIT_TIMEOUT = Duration.seconds(130)

/** The default function timeout. */
export const FUNCTION_TIMEOUT = Duration.seconds(3)

/** The SHUTDOWN phase of an environment with external extensions. */
export const SHUTDOWN_TIMEOUT = Duration.seconds(2)

/** The time between SIGTERM and SIGKILL for the runtime. */
export const RUNTIME_SHUTDOWN_TIMEOUT = Duration.millis(300)

/** Extensions per function, including internal ones. */
export const MAX_EXTENSIONS = 10

/** The largest response of a function: 6 MiB and 100 bytes. */
export const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100

/** `PATH` of an environment; the emulator puts the folder of its own Node in front. */
export const LAMBDA_PATH = "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin"

export const LAMBDA_LD_LIBRARY_PATH =
  "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"

export const LAMBDA_TIME_ZONE = ":UTC"

/**
 * Which errors the AWS SDKs themselves take for throttling and for faults that pass: `awsErrors` asks their lists
 * instead of having its own.
 *
 * A file of its own, as it is loaded with the first failure (`send.ts`).
 */
export { isThrottlingError, isTransientError } from "@smithy/core/retry"

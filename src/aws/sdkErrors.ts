/**
 * The SDK's own classification of errors to retry, which `awsErrors.ts` uses instead of lists of its own.
 *
 * A separate file because it is loaded with the first failure (`send.ts`).
 */
export { isThrottlingError, isTransientError } from "@smithy/core/retry"

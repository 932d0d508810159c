/**
 * The token of the AWS Parameters and Secrets extension: a request must carry the function's own session token, so
 * that what a function is tricked into fetching by URL alone cannot be a secret.
 */

/** The header, in lower case. */
export const TOKEN_HEADER = "x-aws-parameters-secrets-token"

/** Whether both are the same, in a time that tells nothing of where they differ. */
export const isSameToken = (given: string, expected: string): boolean => {
  let difference = given.length ^ expected.length
  for (let index = 0; index < given.length; index++) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index % expected.length)
  }
  return difference === 0
}

/**
 * Checks AWS's replies before they are used.
 *
 * A kind describes the replies of its operations as shapes (`kinds/<kind>/fetch/replies.ts`), and the result of each SDK
 * call passes through the check. A reply of another shape is `Unavailable`: the call is retried, and the value in memory
 * stays. Members that no shape names are not used; they differ between AWS and its emulators.
 */
import { unavailable } from "./awsErrors.ts"
import type { Shape } from "./shapes.ts"

/** Makes the check for some operations: it returns a reply of the right shape, or throws `Unavailable`, which quotes none of it. */
export const checkedBy =
  <Replies>(shapes: { readonly [O in keyof Replies]: Shape<Replies[O]> }) =>
  <O extends keyof Replies & string>(operation: O) =>
  (reply: unknown): Replies[O] => {
    const shape: Shape<Replies[O]> = shapes[operation]
    if (shape(reply)) return reply
    throw unavailable(`the reply to ${operation} does not have the form of one`)
  }

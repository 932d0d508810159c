/**
 * Checks AWS's replies before they are used.
 *
 * A kind describes the replies of its operations as shapes (`kinds/<kind>/fetch/replies.ts`), and the result of each SDK
 * call passes through the check. A reply of another shape is `Unavailable`: the call is retried, and the value in memory
 * stays. Members that no shape names are not used; they differ between AWS and its emulators.
 */
import { unavailable } from "./awsErrors.ts"
import type { Shape } from "./shapes.ts"

/** The shape of each operation's reply. */
type Shapes = Readonly<Record<string, Shape<unknown>>>

export type ReplyOf<S extends Shapes, O extends keyof S> = S[O] extends Shape<infer A> ? A : never

/** Makes the check for some operations: it returns a reply of the right shape, or throws `Unavailable`, which quotes none of it. */
export const checkedBy =
  <S extends Shapes>(shapes: S) =>
  <O extends keyof S & string>(operation: O) =>
  (reply: unknown): ReplyOf<S, O> => {
    const shape = shapes[operation] as unknown as Shape<ReplyOf<S, O>>
    if (shape(reply)) return reply
    throw unavailable(`the reply to ${operation} does not have the form of one`)
  }

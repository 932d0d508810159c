/**
 * A reply of AWS is checked before anything of it is used.
 *
 * Whoever calls a service describes the replies of its operations as shapes (`kinds/<kind>/fetch/replies.ts`), and passes
 * the result of each SDK call through the check. A reply of another shape is `Unavailable`: AWS is asked again, and the
 * value in memory stays. Members that a shape does not name are not used; they differ between AWS and its emulators.
 */
import { unavailable } from "./awsErrors.ts"
import type { Shape } from "./shapes.ts"

/** The shape of each operation's reply. */
type Shapes = Readonly<Record<string, Shape<unknown>>>

export type ReplyOf<S extends Shapes, O extends keyof S> = S[O] extends Shape<infer A> ? A : never

/**
 * Makes the check of some operations. It gives the reply of an operation if it has the shape of one; else it throws
 * `Unavailable`, which quotes none of it.
 */
export const checkedBy =
  <S extends Shapes>(shapes: S) =>
  <O extends keyof S & string>(operation: O) =>
  (reply: unknown): ReplyOf<S, O> => {
    const shape = shapes[operation] as unknown as Shape<ReplyOf<S, O>>
    if (shape(reply)) return reply
    throw unavailable(`the reply to ${operation} does not have the form of one`)
  }

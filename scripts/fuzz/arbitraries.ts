// What the fuzz's inputs are made of: a choice of values, of kinds of values, and values that are odd now and then.
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/** A request as a client sends it. */
export interface FuzzRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

export const oneOf = <A>(first: A, ...others: ReadonlyArray<A>): Arbitrary.Arbitrary<A> => {
  const all = [first, ...others]
  const indexes = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: all.length - 1 }))
  return Arbitrary.map(Arbitrary.schema(indexes), (index) => all[index] ?? first)
}

/** One of several kinds of values; those named first are what a failure shrinks to. */
export const eitherOf = <A>(
  first: Arbitrary.Arbitrary<A>,
  ...others: ReadonlyArray<Arbitrary.Arbitrary<A>>
): Arbitrary.Arbitrary<A> => Arbitrary.flatMap(oneOf(first, ...others), (chosen) => chosen)

/** In how many values one is odd. */
const ODD_IN = 10

export const mostly = <A>(
  usual: Arbitrary.Arbitrary<A>,
  odd: Arbitrary.Arbitrary<A>,
): Arbitrary.Arbitrary<A> => eitherOf(usual, ...Array.from({ length: ODD_IN - 2 }, () => usual), odd)

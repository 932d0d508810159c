// Arbitraries that the inputs of the fuzzer are built from.
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/** A request to send. */
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

/** One of several arbitraries. Failures shrink towards the first. */
export const eitherOf = <A>(
  first: Arbitrary.Arbitrary<A>,
  ...others: ReadonlyArray<Arbitrary.Arbitrary<A>>
): Arbitrary.Arbitrary<A> => Arbitrary.flatMap(oneOf(first, ...others), (chosen) => chosen)

/** One value in so many is odd. */
const ODD_IN = 10

export const mostly = <A>(
  usual: Arbitrary.Arbitrary<A>,
  odd: Arbitrary.Arbitrary<A>,
): Arbitrary.Arbitrary<A> => eitherOf(usual, ...Array.from({ length: ODD_IN - 2 }, () => usual), odd)

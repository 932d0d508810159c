/**
 * Arbitraries for property tests of configuration and freshness: durations in Go's grammar, almost valid ones, and
 * policies. Odd forms are as likely as common ones.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Policy } from "../../src/domain/Entry.ts"

const integer = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const oneOf = <const Words extends ReadonlyArray<string>>(words: Words): Arbitrary.Arbitrary<Words[number]> =>
  Arbitrary.schema(Schema.Literals(words))

/** Go's units with their length in nanoseconds. */
export const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const unit = oneOf(["ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h"])
const sign = oneOf(["", "+", "-"])

/** A duration of whole terms, with the terms it is made of. */
export const wholeDuration = Arbitrary.map(
  Arbitrary.all({
    sign,
    terms: Arbitrary.array(Arbitrary.all({ count: integer(0, 90_000), unit }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  ({ sign, terms }) => ({
    text: sign + terms.map(({ count, unit }) => `${count}${unit}`).join(""),
    isNegative: sign === "-",
    terms,
  }),
)

const decimal = Arbitrary.map(
  Arbitrary.all({
    whole: integer(0, 100_000),
    fraction: integer(0, 999_999_999),
    form: oneOf(["1", "1.", ".5", "1.5"]),
  }),
  ({ whole, fraction, form }) => {
    if (form === "1") return `${whole}`
    if (form === "1.") return `${whole}.`
    return form === ".5" ? `.${fraction}` : `${whole}.${fraction}`
  },
)

/** A duration in any form the grammar has. */
export const durationText = Arbitrary.map(
  Arbitrary.all({
    sign,
    terms: Arbitrary.array(Arbitrary.all([decimal, unit]), { minLength: 1, maxLength: 4 }),
  }),
  ({ sign, terms }) => sign + terms.map((term) => term.join("")).join(""),
)

const FRAGMENTS = ["0", "1", "9", "90", "9223372036854775808", "9223372036", ".", "-", "+"] as const
const ODDITIES = ["h", "m", "s", "ms", "us", "ns", "\u00b5s", "d", " ", '"', "\\", "\u00e9", "e3"] as const

/** Pieces of durations and other text in any order: mostly invalid, often almost valid. */
export const nearlyDurationText = Arbitrary.map(
  Arbitrary.array(oneOf([...FRAGMENTS, ...ODDITIES]), { maxLength: 7 }),
  (pieces) => pieces.join(""),
)

const HOURS_IN_MS = 3_600_000

/** Policies. Each duration may be zero, the ttl also negative. */
export const policy: Arbitrary.Arbitrary<Policy> = Arbitrary.all({
  ttl: integer(-1_000, HOURS_IN_MS),
  staleWhileRevalidate: integer(0, HOURS_IN_MS),
  staleIfError: integer(0, HOURS_IN_MS),
  staleIfDenied: integer(0, HOURS_IN_MS),
  negativeTtl: integer(0, HOURS_IN_MS),
})

/** Ages in milliseconds, up to past the longest policy. */
export const age = integer(0, 3 * HOURS_IN_MS)

/**
 * Go's duration format, `30s`, `1h30m`, `1.5h`, `-300ms`, `0`: the Go sample reads CACHE_EXTENSION_TTL with
 * `time.ParseDuration`. Grammar, limits and error texts are Go's. Pure.
 * Source: https://pkg.go.dev/time#ParseDuration and https://pkg.go.dev/time#Duration.String (Go 1.25).
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"

/** Why a text is not a duration, in Go's words. */
class GoDurationError extends Data.TaggedError("GoDurationError")<{
  readonly input: string
  readonly message: string
}> {}

/** What a duration may be, in messages. */
export const DURATION_ALLOWED = "a duration such as 30s, 3m, 1h30m or 300ms"

const NANOSECONDS_PER_MILLISECOND = 1_000_000n
const MICROSECOND = 1_000n
const MILLISECOND = NANOSECONDS_PER_MILLISECOND
const SECOND = 1_000n * MILLISECOND
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", MICROSECOND],
  ["\u00b5s", MICROSECOND], // micro sign
  ["\u03bcs", MICROSECOND], // Greek letter mu
  ["ms", MILLISECOND],
  ["s", SECOND],
  ["m", MINUTE],
  ["h", HOUR],
])

/** A Go duration is an int64 of nanoseconds. The magnitude is collected unsigned, so the negative limit is larger by one. */
const LARGEST_MAGNITUDE = 1n << 63n

/** One term: digits, perhaps a fraction, and everything up to the next digit or dot as its unit. */
const TERM = /([0-9]*)(?:(\.)([0-9]*))?([^0-9.]*)/y

const utf8 = new TextEncoder()

/** Quotes as Go's package time does: bytes outside printable ASCII as `\xNN`. */
const quote = (text: string): string => {
  const quoteCharacter = (character: string): string => {
    if (character === '"' || character === "\\") return `\\${character}`
    if (character >= " " && character < "\u0080") return character
    return Array.from(utf8.encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")
  }
  return `"${Array.from(text, quoteCharacter).join("")}"`
}

/**
 * The digits after the dot, in nanoseconds. Go keeps as many digits as an int64 holds and multiplies in float64,
 * rounding towards zero. An exact quotient would sometimes differ in the last nanosecond.
 */
const fractionInNanoseconds = (digits: string, unit: bigint): bigint => {
  const limit = (LARGEST_MAGNITUDE - 1n) / 10n
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    if (value > limit) break
    const next = value * 10n + BigInt(digit)
    if (next > LARGEST_MAGNITUDE) break
    value = next
    scale *= 10
  }
  return BigInt(Math.trunc(Number(value) * (Number(unit) / scale)))
}

/** Reads a duration as an integer of nanoseconds, exactly as Go does. */
export const parseNanoseconds = (input: string): Result.Result<bigint, GoDurationError> => {
  const fail = (problem: string) =>
    Result.fail(new GoDurationError({ input, message: `${problem} ${quote(input)}` }))
  const invalid = () => fail("invalid duration")

  const isNegative = input.startsWith("-")
  const text = isNegative || input.startsWith("+") ? input.slice(1) : input
  if (text === "0") return Result.succeed(0n)
  if (text === "") return invalid()

  let total = 0n
  let position = 0
  while (position < text.length) {
    TERM.lastIndex = position
    const [term = "", whole = "", dot = "", fraction = "", unitName = ""] = TERM.exec(text) ?? []
    if (whole === "" && fraction === "") return invalid()
    const wholeValue = BigInt(whole === "" ? "0" : whole)
    if (wholeValue > LARGEST_MAGNITUDE) return invalid()
    if (unitName === "") return fail("missing unit in duration")
    const unit = UNITS.get(unitName)
    if (unit === undefined) return fail(`unknown unit ${quote(unitName)} in duration`)
    total += wholeValue * unit + (dot === "" ? 0n : fractionInNanoseconds(fraction, unit))
    if (total > LARGEST_MAGNITUDE) return invalid()
    position += term.length
  }
  if (isNegative) return Result.succeed(-total)
  return total === LARGEST_MAGNITUDE ? invalid() : Result.succeed(total)
}

/** Converts nanoseconds to milliseconds, with whole milliseconds and the rest apart, to keep all digits of large values. */
const toMilliseconds = (nanoseconds: bigint): number =>
  Number(nanoseconds / NANOSECONDS_PER_MILLISECOND) +
  Number(nanoseconds % NANOSECONDS_PER_MILLISECOND) / Number(NANOSECONDS_PER_MILLISECOND)

/** Reads a duration in milliseconds; it may be fractional (`2us`) and negative (`-1s`). */
export const parse = (input: string): Result.Result<number, GoDurationError> =>
  Result.map(parseNanoseconds(input), toMilliseconds)

/** A decimal without trailing zeros: `1500` thousandths are `1.5`. */
const formatDecimal = (value: bigint, unit: bigint): string => {
  const fractionDigits = unit.toString().length - 1
  const fraction = (value % unit).toString().padStart(fractionDigits, "0").replace(/0+$/, "")
  return fraction === "" || fractionDigits === 0 ? `${value / unit}` : `${value / unit}.${fraction}`
}

/** Writes nanoseconds as Go's `Duration.String`: `1h30m0s`, `1.5ms`, `0s`. */
export const formatNanoseconds = (nanoseconds: bigint): string => {
  const sign = nanoseconds < 0n ? "-" : ""
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (size === 0n) return "0s"
  if (size < MICROSECOND) return `${sign}${size}ns`
  if (size < MILLISECOND) return `${sign}${formatDecimal(size, MICROSECOND)}µs`
  if (size < SECOND) return `${sign}${formatDecimal(size, MILLISECOND)}ms`
  const hours = size >= HOUR ? `${size / HOUR}h` : ""
  const minutes = size >= MINUTE ? `${(size % HOUR) / MINUTE}m` : ""
  return `${sign}${hours}${minutes}${formatDecimal(size % MINUTE, SECOND)}s`
}

/** Writes milliseconds as Go's `Duration.String`, to the nanosecond. For logs. */
export const format = (milliseconds: number): string => {
  const whole = Math.trunc(milliseconds)
  const rest = Math.round((milliseconds - whole) * Number(NANOSECONDS_PER_MILLISECOND))
  return formatNanoseconds(BigInt(whole) * NANOSECONDS_PER_MILLISECOND + BigInt(rest))
}

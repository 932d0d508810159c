/**
 * The key values that DynamoDB accepts, by type. Checked here because AWS would refuse a whole batch for one malformed key.
 *
 * Pure. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 * and .../HowItWorks.NamingRulesDataTypes.html
 */
import { BASE64 } from "../../config/fields/grammar.ts"
import type { KeyType } from "./address.ts"

/** The longest value of a partition key, and of a sort key, in bytes. */
export const MAX_HASH_BYTES = 2_048
export const MAX_SORT_BYTES = 1_024

const MAX_DIGITS = 38
const HIGHEST_POWER = 125
const LOWEST_POWER = -130
const NUMBER = /^[+-]?(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,6}))?$/

const utf8 = new TextEncoder()

/** Whether a text is a DynamoDB number: up to 38 digits, zero or a magnitude from 1E-130 to 9.9...E+125. */
export const isDynamoDbNumber = (text: string): boolean => {
  const match = NUMBER.exec(text)
  if (match === null) return false
  const [, whole = "", fraction = "", exponent = "0"] = match
  const digits = (whole + fraction).replace(/^0+/, "")
  if (digits === "") return true
  const leadingZeros = whole.length + fraction.length - digits.length
  const power = whole.length - leadingZeros - 1 + Number(exponent)
  return digits.replace(/0+$/, "").length <= MAX_DIGITS && power >= LOWEST_POWER && power <= HIGHEST_POWER
}

const sizeInBytes = (type: KeyType, value: string): number =>
  type === "B" ? Buffer.byteLength(value, "base64") : utf8.encode(value).length

/** What is allowed, if a value is not; undefined if it is. No key may be empty. */
export const keyValueFault = (type: KeyType, value: string, maxBytes: number): string | undefined => {
  if (type === "N") {
    return isDynamoDbNumber(value) ? undefined : `a number of at most ${MAX_DIGITS} digits, as the type is N`
  }
  if (type === "B" && !BASE64.test(value)) return "base64 with its padding, as the type is B"
  return sizeInBytes(type, value) <= maxBytes ? undefined : `at most ${maxBytes} bytes`
}

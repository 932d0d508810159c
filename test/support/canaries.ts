/**
 * Canaries: random texts in place of secrets, and a search for any piece of them in a program's output.
 *
 * Pieces are found literally, reversed, and in every usual encoding of bytes: both base64 alphabets at any offset,
 * hexadecimal, lists of numbers, percent-encoding, JSON escapes, with line breaks. Pure.
 */
import { randomInt } from "node:crypto"

export interface Canary {
  /** What it stands for. */
  readonly name: string
  readonly text: string
  /** How many characters in a row are a piece: by chance they occur nowhere else. */
  readonly piece: number
}

/** Something that somebody may read: a log, an answer, a file. */
export interface Output {
  readonly where: string
  readonly text: string
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const DIGITS = "123456789"

/** Long, so that half of it, or an excerpt around an error, is found as well. */
const LENGTH = 96

const randomText = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("")

/** A canary of letters and digits. */
export const makeCanary = (name: string): Canary => ({ name, text: randomText(LETTERS, LENGTH), piece: 8 })

/** A canary that is a number, with as many digits as DynamoDB keeps. Times and counts are digits too, so a piece is longer. */
export const makeNumberCanary = (name: string): Canary => ({ name, text: randomText(DIGITS, 38), piece: 14 })

const backwards = (text: string): string => Array.from(text).toReversed().join("")

const fromCodes = (digits: string, radix: number): string =>
  String.fromCharCode(Number.parseInt(digits, radix))

/** What stands in a text behind the ways to write bytes as text. A run may begin in the middle of a group. */
const readings: ReadonlyArray<(text: string) => ReadonlyArray<string>> = [
  (text) => [text, text.replaceAll(/\s+/g, "")],
  (text) => [text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits) => fromCodes(digits, 16))],
  (text) => [text.replaceAll(/\\(?:u00|x)([0-9a-f]{2})/gi, (_, digits) => fromCodes(digits, 16))],
  (text) =>
    (text.match(/[A-Za-z0-9+/_-]{11,}/g) ?? []).flatMap((run) =>
      [0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), "base64").toString("latin1")),
    ),
  (text) =>
    (text.match(/[0-9a-f](?:[\s:]?[0-9a-f]){15,}/gi) ?? []).flatMap((run) =>
      [0, 1].map((offset) =>
        Buffer.from(run.replaceAll(/[\s:]/g, "").slice(offset), "hex").toString("latin1"),
      ),
    ),
  (text) =>
    (text.match(/\d{1,3}(?:\s*,\s*\d{1,3}){7,}/g) ?? []).map((run) =>
      run
        .split(",")
        .map((code) => fromCodes(code, 10))
        .join(""),
    ),
]

/** Every piece of the canaries, forwards and backwards, and whose it is. */
const piecesOf = (canaries: ReadonlyArray<Canary>): ReadonlyMap<number, ReadonlyMap<string, string>> => {
  const pieces = new Map<number, Map<string, string>>()
  for (const { name, piece, text } of canaries) {
    const ofLength = pieces.get(piece) ?? new Map<string, string>()
    for (const direction of [text, backwards(text)]) {
      for (let at = 0; at + piece <= direction.length; at++)
        ofLength.set(direction.slice(at, at + piece), name)
    }
    pieces.set(piece, ofLength)
  }
  return pieces
}

const RUN = /[A-Za-z0-9]{8,}/g

/** Adds the names of the canaries of which a text has pieces. */
const collect = (text: string, pieces: ReturnType<typeof piecesOf>, found: Set<string>): void => {
  for (const [run] of text.matchAll(RUN)) {
    for (const [length, names] of pieces) {
      for (let at = 0; at + length <= run.length; at++) {
        const name = names.get(run.slice(at, at + length))
        if (name !== undefined) found.add(name)
      }
    }
  }
}

/** What leaked where: `<canary> in <output>`, each once. */
export const findLeaks = (
  canaries: ReadonlyArray<Canary>,
  outputs: ReadonlyArray<Output>,
): ReadonlyArray<string> => {
  const pieces = piecesOf(canaries)
  const searched = new Map<string, ReadonlySet<string>>()
  const namesIn = (text: string): ReadonlySet<string> => {
    const known = searched.get(text)
    if (known !== undefined) return known
    const found = new Set<string>()
    for (const read of readings) for (const reading of read(text)) collect(reading, pieces, found)
    searched.set(text, found)
    return found
  }
  const leaks = outputs.flatMap(({ text, where }) =>
    Array.from(namesIn(text), (name) => `${name} in ${where}`),
  )
  return [...new Set(leaks)]
}

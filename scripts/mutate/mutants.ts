/**
 * The mutants of a file: its source with one change each, in the order of the source. Mutants that do not parse are left out.
 */
import { OPERATORS } from "./operators.ts"
import { parse, walk } from "./syntax.ts"

export interface Mutant {
  /** Relative to the project's root. */
  readonly file: string
  readonly operator: string
  readonly start: number
  readonly end: number
  /** The line number of the change, from 1, and the trimmed text of the line. */
  readonly line: number
  readonly text: string
  readonly before: string
  readonly after: string
}

export const applied = (source: string, { after, end, start }: Mutant): string =>
  source.slice(0, start) + after + source.slice(end)

const isValid = (source: string): boolean => {
  try {
    parse(source)
    return true
  } catch {
    return false
  }
}

/** All mutants of a source. */
export const mutantsOf = (file: string, source: string): ReadonlyArray<Mutant> => {
  const found = new Map<string, Mutant>()
  for (const place of walk(parse(source)))
    for (const operator of OPERATORS)
      for (const change of operator.changes(place, source)) {
        const before = source.slice(change.start, change.end)
        const line = source.slice(0, change.start).split("\n").length
        const text = source.split("\n")[line - 1]?.trim() ?? ""
        const mutant: Mutant = { file, operator: operator.name, line, text, before, ...change }
        const mutated = applied(source, mutant)
        if (before !== change.after && !found.has(mutated) && isValid(mutated)) found.set(mutated, mutant)
      }
  return Array.from(found.values()).toSorted((left, right) => left.start - right.start)
}

/** A mutant that behaves like the original, and why. Identified by the text of its line, because line numbers change. */
export interface Equivalent {
  readonly file: string
  readonly text: string
  readonly before: string
  readonly after: string
  readonly why: string
}

/** On one line, with single spaces. */
export const flat = (text: string): string => text.replaceAll(/\s+/g, " ").trim()

export const isSame = (equivalent: Equivalent, mutant: Mutant): boolean =>
  equivalent.file === mutant.file &&
  equivalent.text === mutant.text &&
  equivalent.before === flat(mutant.before) &&
  equivalent.after === flat(mutant.after)

/** A reproducible sample: the mutants with the lowest hashes of seed and position. */
export const sampleOf = (
  mutants: ReadonlyArray<Mutant>,
  size: number,
  seed: number,
): ReadonlyArray<Mutant> => {
  const rank = ({ after, file, start }: Mutant): number => {
    let hash = seed
    for (const character of `${file}:${start}:${after}`)
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0
    return Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d) >>> 0
  }
  const chosen = new Set(mutants.toSorted((left, right) => rank(left) - rank(right)).slice(0, size))
  return mutants.filter((mutant) => chosen.has(mutant))
}

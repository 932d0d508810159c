/**
 * Which of the known keys a misspelt one probably is. For the messages of `decode`; pure.
 */

/** A guess further away than this would only mislead. */
const MAX_EDITS = 3
/** Short keys resemble each other by chance: at most every third letter may differ. */
const LETTERS_PER_EDIT = 3
/** No key of ours is as long; comparing longer ones would take time for nothing. */
const MAX_LENGTH = 40

/** Letters to insert, delete, replace, or swap with their neighbour, to come from one text to the other. */
const editDistance = (from: string, to: string): number => {
  let beforePrevious: ReadonlyArray<number> = []
  let previous: ReadonlyArray<number> = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          (previous[column] ?? Infinity) + 1,
          (current[column - 1] ?? Infinity) + 1,
          (previous[column - 1] ?? Infinity) + (isSame ? 0 : 1),
          isSwap ? (beforePrevious[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      )
    }
    beforePrevious = previous
    previous = current
  }
  return previous[to.length] ?? Infinity
}

/** The candidate that is most like `word`, or undefined where none is. Case, `-` and `_` count for nothing. */
export const nearest = (word: string, candidates: ReadonlyArray<string>): string | undefined => {
  if (word.length > MAX_LENGTH) return undefined
  const normalise = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "")
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(normalise(word), normalise(candidate)) }))
    .filter(({ candidate, edits }) => edits <= Math.min(MAX_EDITS, candidate.length / LETTERS_PER_EDIT))
    .sort((left, right) => left.edits - right.edits)
  return ranked[0]?.candidate
}

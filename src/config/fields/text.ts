/**
 * What no name of AWS may hold, whatever its service, and how a message names a character.
 *
 * Every grammar beside this file returns a fault as a phrase that follows "allowed: ..." in parentheses, or undefined
 * for a text that AWS may know. Where AWS's own rules are not certain, a text passes. Pure.
 */

/** Why a text is wrong; undefined where it may be right. */
export type Grammar = (text: string) => string | undefined

/** The ways in which templates write a variable: ${X}, {{X}}, $(X), $X, %X%, <X>. */
const UNEXPANDED =
  /\$\{[^}]*\}?|\{\{.*?(?:\}\}|$)|\$\([^)]*\)|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|<[A-Za-z_][\w -]*>/s

/** The part of a text that a template should have replaced. */
export const unexpandedIn = (text: string): string | undefined => UNEXPANDED.exec(text)?.[0]

const CONTROL_CHARACTER = /\p{Cc}/u
/** Most names; the other expression need not be compiled at the start then. */
const ASCII = /^[ -~]*$/

/** What is wrong with a text as the name of anything. */
export const textFault: Grammar = (text) => {
  if (text === "") return "it is empty"
  if (text !== text.trim()) return "there are blanks around it"
  return !ASCII.test(text) && CONTROL_CHARACTER.test(text) ? "there is a control character in it" : undefined
}

/** The fault of a name that holds a variable, where no name of its service can hold one. */
export const variableFault: Grammar = (text) => {
  const variable = unexpandedIn(text)
  return variable === undefined
    ? undefined
    : `${shortened(variable)} in it is a variable that nothing has expanded`
}

/** Why a character has no place in a name; `symbols` says what a name consists of, where nothing else says so. */
export const characterFault = (text: string, symbol: RegExp, symbols?: string): string | undefined => {
  const foreign = Array.from(text).find((character) => !symbol.test(character))
  if (foreign === undefined) return undefined
  const variable = variableFault(text)
  if (variable !== undefined) return variable
  const what = foreign === " " ? "a blank" : `the character ${JSON.stringify(foreign)}`
  return `there is ${what} in it${symbols === undefined ? "" : `; allowed are ${symbols}`}`
}

/** How much of a variable's name a message repeats. */
const MAX_VARIABLE = 40

const shortened = (text: string): string =>
  text.length <= MAX_VARIABLE ? text : `${text.slice(0, MAX_VARIABLE)}…`

/** Why a text is too long, in characters (code points, as AWS counts them). */
export const lengthFault = (text: string, most: number): string | undefined => {
  if (text.length <= most) return undefined
  const length = Array.from(text).length
  return length <= most ? undefined : `it has ${length} characters; ${most} are allowed`
}

/** The first fault that one of the grammars finds. */
export const firstFault = (text: string, grammars: ReadonlyArray<Grammar>): string | undefined => {
  for (const grammar of grammars) {
    const fault = grammar(text)
    if (fault !== undefined) return fault
  }
  return undefined
}

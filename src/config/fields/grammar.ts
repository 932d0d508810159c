/**
 * Grammars that several modules share: names in general, base64, headers, regions, and the URL of an HTTP service.
 *
 * A `Grammar` returns a fault as a phrase, which messages put in parentheses after "allowed: ...", or undefined for a text
 * that may be valid. Where AWS's own rules are unclear, a text passes. Pure.
 */

/** Why a text is wrong; undefined if it may be right. */
export type Grammar = (text: string) => string | undefined

/** The forms of variables in templates: ${X}, {{X}}, $(X), $X, %X%, <X>. */
const UNEXPANDED =
  /\$\{[^}]*\}?|\{\{.*?(?:\}\}|$)|\$\([^)]*\)|\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|<[A-Za-z_][\w -]*>/s

/** The first variable in a text that no template has replaced. */
export const unexpandedIn = (text: string): string | undefined => UNEXPANDED.exec(text)?.[0]

const CONTROL_CHARACTER = /\p{Cc}/u
/** Matches most names, so that the other expression is rarely compiled. */
const ASCII = /^[ -~]*$/

/** Why a text cannot be a name at all. */
export const textFault: Grammar = (text) => {
  if (text === "") return "it is empty"
  if (text !== text.trim()) return "there are blanks around it"
  return !ASCII.test(text) && CONTROL_CHARACTER.test(text) ? "there is a control character in it" : undefined
}

/** The fault of a name that contains an unexpanded variable, for services whose names cannot. */
export const variableFault: Grammar = (text) => {
  const variable = unexpandedIn(text)
  return variable === undefined
    ? undefined
    : `${shortened(variable)} in it is a variable that nothing has expanded`
}

/** The fault of the first character that is not allowed. `symbols` lists the allowed ones, if no other message does. */
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

/** Base64 with its padding. */
export const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** What may stand in a header (RFC 9110, section 5.5), in ASCII. */
export const HEADER_VALUE = /^[!-~](?:[ -~\t]*[!-~])?$/

/* Regions: two or more words and a number, such as us-west-2, us-gov-east-1 or eusc-de-east-1. Only the form is checked,
 * because a list would be outdated with the next region. */

export const REGION_ALLOWED = "a region such as us-west-2"

const REGION = /^[a-z]{2,8}(?:-[a-z]{2,16}){1,4}-\d{1,2}$/
const ZONE = /^([a-z]{2,8}(?:-[a-z]{2,16}){1,4}-\d{1,2})[a-z]$/

export const isRegion = (text: string): boolean => REGION.test(text)

/** A guess at what is wrong with a text that is not a region. */
export const regionHint: Grammar = (text) => {
  const [, region] = ZONE.exec(text) ?? []
  if (region !== undefined) return `this is an availability zone of ${region}`
  if (isRegion(text.toLowerCase())) return "regions are written in lower case"
  return unexpandedIn(text) === undefined ? undefined : "it is a variable that nothing has expanded"
}

/* The base URL of an HTTP service, in config.yaml and in variables. */

export const HTTP_URL_ALLOWED = "a URL such as http://127.0.0.1:4318, without query, fragment or credentials"

/** The URL without a trailing slash; undefined if the text cannot be a base URL. */
export const parseHttpUrl = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const isBase = url.search === "" && url.hash === "" && url.username === "" && url.password === ""
  return isBase ? url.href.replace(/\/+$/, "") : undefined
}

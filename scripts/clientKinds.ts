// client/kinds.ts from the kinds of src/kinds, because the client is a package that imports nothing from src.
import { KINDS, kinds } from "../src/kinds/kinds.ts"

const selectorsOf = (kind: (typeof KINDS)[number]): string => {
  const members = Object.entries(kinds[kind].query.selectors).map(
    ([key, { isNumber = false }]) =>
      `    readonly ${key}?: ${isNumber ? "number | string" : "string"} | undefined\n`,
  )
  return members.length === 0 ? "Readonly<Record<never, never>>" : `{\n${members.join("")}  }`
}

const viewsOf = (kind: (typeof KINDS)[number]): string => {
  const { forms, members } = kinds[kind].query
  const keys = [
    ...(members === undefined ? [] : [`${members.key}?: string | ReadonlyArray<string> | undefined`]),
    ...(members?.variants === undefined
      ? []
      : ["context?: Readonly<Record<string, boolean | number | string>> | undefined"]),
    ...(forms === undefined
      ? []
      : [`as?: ${forms.words.map((word) => JSON.stringify(word)).join(" | ")} | undefined`]),
  ]
  return keys.length === 0
    ? "Readonly<Record<never, never>>"
    : `{\n${keys.map((key) => `    readonly ${key}\n`).join("")}  }`
}

/** The text of client/kinds.ts. */
export const clientKinds = (): string => `/**
 * The kinds of values as src/kinds describes them. Generated: \`npm run generate\` writes this file anew.
 */

/** What selects the version of a value, by kind, in AWS's terms. */
export interface Selectors {
${KINDS.map((kind) => `  readonly ${kind}: ${selectorsOf(kind)}\n`).join("")}}

/** What reads may ask of a value besides a field, by kind. */
export interface Views {
${KINDS.map((kind) => `  readonly ${kind}: ${viewsOf(kind)}\n`).join("")}}
`

/**
 * HTML as a value: a tagged template that escapes what is interpolated, unless it is `Html` already.
 *
 * Names of entries and error texts come from outside and must never become markup.
 */

/** Markup, which is inserted as it is. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | undefined | ReadonlyArray<Html>

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** Text for an element or a quoted attribute. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? "")

const renderPart = (part: Part): string => {
  if (part === undefined) return ""
  if (part instanceof Html) return part.text
  if (typeof part === "object") return part.map(({ text }) => text).join("")
  return escape(String(part))
}

export const html = (strings: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html =>
  new Html(strings.map((string, index) => string + renderPart(parts[index])).join(""))

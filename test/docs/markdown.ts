/**
 * The project's documents as data: their code blocks, tables and links. The tests beside this file hold them
 * against the code, so that a change of the code that makes a sentence untrue fails.
 */
import { readFileSync } from "node:fs"
import path from "node:path"

export const ROOT = path.resolve(import.meta.dirname, "../..")

/** The text of a file of the project. */
export const textOf = (file: string): string => readFileSync(path.join(ROOT, file), "utf8")

/** The contents of the fenced blocks of a language, in their order. */
export const blocksOf = (text: string, language: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/^```(\S*)\n(.*?)^```$/gms)).flatMap(([, name, body = ""]) =>
    name === language ? [body] : [],
  )

/** A document without its fenced blocks. */
export const proseOf = (text: string): string => text.replace(/^```.*?^```$/gms, "")

/** A cell as it reads: a whole cell in backticks without them. */
const plain = (cell: string): string => /^`([^`]*)`$/.exec(cell)?.[1] ?? cell

/** The rows of the table that begins with these column titles, each as its cells. Throws when there is none. */
export const tablesOf = (
  text: string,
  ...titles: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> => {
  const head = `| ${titles.join(" | ")} |`.replaceAll("|  |", "| |")
  const tables = proseOf(text).split(`${head}\n`).slice(1)
  if (tables.length === 0) throw new Error(`there is no table ${head}`)
  return tables.flatMap((table) => {
    const [, ...rows] = table.split("\n")
    const end = rows.findIndex((row) => !row.startsWith("|"))
    return rows.slice(0, end === -1 ? undefined : end).map((row) =>
      row
        .slice(1, -1)
        .split("|")
        .map((cell) => plain(cell.trim())),
    )
  })
}

/** What stands in backticks in a document. */
export const codesIn = (text: string): ReadonlyArray<string> =>
  Array.from(proseOf(text).matchAll(/`([^`]+)`/g), ([, code = ""]) => code)

/** The targets of a document's links, each as a file (empty: the document itself) and a heading; addresses of the web are left out. */
export const linksOf = (text: string): ReadonlyArray<{ readonly file: string; readonly anchor: string }> =>
  Array.from(proseOf(text).matchAll(/\]\(([^)\s]+)\)/g), ([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = "", anchor = ""] = target.split("#", 2)
      return { file, anchor }
    })

/** The files that a document links to. */
export const linkedFilesOf = (text: string): ReadonlyArray<string> =>
  linksOf(text).flatMap(({ file }) => (file === "" ? [] : [file]))

/** The anchors of a document's headings, as GitHub makes them. */
export const anchorsIn = (text: string): ReadonlyArray<string> =>
  Array.from(proseOf(text).matchAll(/^#+ (.*)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  )

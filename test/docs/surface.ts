/**
 * What users may rely on by name, as lines: `key cache.ttl`, `route GET /parameters 404`. Taken from the schemas and from the
 * tables of the documents, which other tests compare with the code.
 */
import { Predicate } from "effect"
import { readdirSync } from "node:fs"
import path from "node:path"
import { makeJsonSchema } from "../../src/config/jsonSchema.ts"
import { codesIn, ROOT, tablesOf, textOf } from "./markdown.ts"

const configuration = textOf("docs/configuration.md")
const operations = textOf("docs/operations.md")

/** The keys of a JSON Schema, as in `parameters[].names`. */
const keysOf = (schema: unknown, place = ""): ReadonlyArray<string> => {
  if (!Predicate.isObject(schema)) return []
  const { anyOf, items, properties } = { ...schema } as Readonly<Record<string, unknown>>
  if (Array.isArray(anyOf)) return anyOf.flatMap((one) => keysOf(one, place))
  if (Predicate.isObject(properties)) {
    const below = place === "" ? "" : `${place}.`
    return Object.entries(properties).flatMap(([key, value]) =>
      [`${below}${key}`].concat(keysOf(value, `${below}${key}`)),
    )
  }
  return Predicate.isObject(items) ? keysOf(items, `${place}[]`) : []
}

const METHODS = new Set(["get", "head", "post", "put", "delete"])

const routes = (): ReadonlyArray<string> => {
  const { paths } = JSON.parse(textOf("schema/openapi.json")) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>
  }
  return Object.entries(paths).flatMap(([route, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.has(method))
      .flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${route} ${status}`),
      ),
  )
}

/** The first column of a table, each cell's codes on their own. */
const codes = (text: string, ...titles: ReadonlyArray<string>): ReadonlyArray<string> =>
  tablesOf(text, ...titles).flatMap(([cell = ""]) => (cell.includes("`") ? codesIn(cell) : [cell]))

/** A line of the log up to what differs from one time to the next. */
const beginningOf = (line: string): string => line.split(/[<"(]|\.\.\./)[0]?.trim() ?? ""

const settings = (): ReadonlyArray<string> => {
  const header = ["variable", "value", "default", "example", "wrong", "message"]
  const peers = ["docs/compatibility.md", "docs/appconfig-agent.md"].map(textOf)
  return [configuration, ...peers].flatMap((page) => codes(page, ...header))
}

/** The names of the labels, without their values: "`kind`: `a`, `b`; `status`". */
const labelsIn = (cell: string): ReadonlyArray<string> =>
  cell
    .split("; ")
    .flatMap((part) =>
      part.includes("`") ? codesIn(part.split(": ")[0] ?? "") : part.split(": ").slice(0, 1),
    )

const metrics = (): ReadonlyArray<string> =>
  tablesOf(operations, "metric", "labels", "what it says").map(
    ([name = "", labels = ""]) => `${name}{${labelsIn(labels).join(",")}}`,
  )

const errorTypes = (): ReadonlyArray<string> =>
  readdirSync(path.join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) => textOf(`docs/${file}`).match(/\bExtension\.[A-Z]\w+/g) ?? [])

const commands = (): ReadonlyArray<string> =>
  readdirSync(path.join(ROOT, "cli/commands")).flatMap((file) =>
    file.endsWith(".ts") ? [file.slice(0, -3)] : [],
  )

const SOURCES: Readonly<Record<string, () => ReadonlyArray<string>>> = {
  key: () => keysOf(makeJsonSchema()),
  variable: settings,
  route: routes,
  metric: metrics,
  "CloudWatch metric": () => codes(operations, "name", "unit", "what it says"),
  reason: () => codes(operations, "reason", "what to do"),
  state: () => codes(operations, "state", "the entry"),
  "log line": () => codes(operations, "line", "meaning", "what to do").map(beginningOf),
  error: errorTypes,
  command: commands,
}

/** Every promised name, sorted, each once. */
export const surface = (): ReadonlyArray<string> =>
  [
    ...new Set(
      Object.entries(SOURCES).flatMap(([kind, list]) =>
        list()
          .filter((name) => name !== "")
          .map((name) => `${kind}: ${name}`),
      ),
    ),
  ].toSorted()

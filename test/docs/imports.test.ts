/**
 * The direction of imports in src/, as docs/architecture.md states it: read from the page's tables, enforced on the
 * import statements of every file.
 */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import { builtinModules } from "node:module"
import path from "node:path"
import { codesIn, ROOT, tablesOf, textOf } from "./markdown.ts"

const SRC = path.join(ROOT, "src")
const PAGE = textOf("docs/architecture.md")

/** An import as it is written. `isLazy` is that of `import("...")`. */
interface Import {
  readonly file: string
  readonly target: string
  readonly isType: boolean
  readonly isLazy: boolean
}

const STATIC = /^(?:import|export)\s+(?:(type\s)?([^;"'`]*?)\sfrom\s+)?"([^"]+)"/gm
const LAZY = /\bimport\("([^"]+)"\)/g
const COMMENT = /^\s*(?:\/\*\*[\s\S]*?\*\/|\/\/.*$)/gm

/** Whether every name between the braces is a type. */
const namesOnlyTypes = (names: string): boolean => {
  const [, list] = /^\{([\s\S]*)\}$/.exec(names.trim()) ?? []
  if (list === undefined) return false
  const parts = list.split(",").map((part) => part.trim())
  return parts.every((part) => part === "" || part.startsWith("type "))
}

const importsOf = (file: string): ReadonlyArray<Import> => {
  const code = textOf(`src/${file}`).replace(COMMENT, "")
  const resolve = (target: string) =>
    target.startsWith(".") ? path.join(path.dirname(file), target) : target
  return [
    ...Array.from(code.matchAll(STATIC), ([, type, names = "", target = ""]) => ({
      file,
      target: resolve(target),
      isType: type !== undefined || namesOnlyTypes(names),
      isLazy: false,
    })),
    ...Array.from(code.matchAll(LAZY), ([, target = ""]) => ({
      file,
      target: resolve(target),
      isType: false,
      isLazy: true,
    })),
  ]
}

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))
const IMPORTS = FILES.flatMap(importsOf)

const isOurs = ({ target }: Import): boolean => FILES.includes(target)

/** The room of a file: the deepest that the page names, or its folder; `` for those beside the rooms. */
const roomOf = (file: string): string => {
  const inside = (room: string) => new RegExp(`^${room.replaceAll("*", "[^/]+")}/`).test(file)
  const [deepest] = [...ROOMS.keys()].filter(inside).toSorted((left, right) => right.length - left.length)
  return deepest ?? (file.includes("/") ? (file.split("/", 1)[0] ?? "") : "")
}

const namesIn = (cell: string): ReadonlyArray<string> =>
  codesIn(cell).length > 0 ? codesIn(cell) : cell === "" ? [] : [cell]

/** What each room may import, by the page. */
const ROOMS: ReadonlyMap<string, ReadonlyArray<string>> = new Map(
  tablesOf(PAGE, "room", "what lives there", "may import").map(([room = "", , allowed = ""]) => [
    room,
    namesIn(allowed),
  ]),
)

const written = ({ file, target }: Import): string => `${file} imports ${target}`

const isAllowed = (one: Import): boolean => {
  const from = roomOf(one.file)
  const to = roomOf(one.target)
  // A kind says which module fetches it, which is loaded when its first address comes.
  const isOwnFetch = from === "kinds" && to === "kinds/*/fetch" && one.isLazy
  return from === to || from === "" || isOwnFetch || (ROOMS.get(from)?.includes(to) ?? false)
}

/** The files that are loaded with `file`, before anything is imported lazily. */
const loadedWith = (file: string, seen: Set<string> = new Set()): ReadonlySet<string> => {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const one of IMPORTS) {
    if (one.file === file && !one.isType && !one.isLazy && isOurs(one)) loadedWith(one.target, seen)
  }
  return seen
}

describe("imports in src/", () => {
  it("are found: every file but the entries is imported by another", () => {
    assert.isAbove(IMPORTS.length, 100)
    const imported = new Set(IMPORTS.map(({ target }) => target))
    const orphans = FILES.filter((file) => !imported.has(file) && !file.endsWith(".d.ts"))
    assert.includeMembers(orphans, ["main.bun.ts", "main.node.ts"])
    // What only the tests, the scripts and a spawned process load.
    assert.isBelow(orphans.length, 8, orphans.join(", "))
  })

  it("have a row in docs/architecture.md for every room, and none for others", () => {
    const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    assert.includeMembers(
      [...ROOMS.keys()],
      folders.map(({ name }) => name),
    )
    const empty = [...ROOMS.keys()].filter((room) => !FILES.some((file) => roomOf(file) === room))
    assert.deepStrictEqual(empty, [])
  })

  it("may by the page go in one direction only", () => {
    const order = [...ROOMS.keys()]
    for (const [room, allowed] of ROOMS) {
      const later = allowed.filter((name) => order.indexOf(name) >= order.indexOf(room))
      assert.deepStrictEqual(later, [], room)
    }
  })

  it("go only where docs/architecture.md allows it", () => {
    const wrong = IMPORTS.filter((one) => isOurs(one) && !isAllowed(one)).map(written)
    assert.deepStrictEqual(wrong, [])
  })

  it("use every direction that docs/architecture.md allows", () => {
    const used = new Set(
      IMPORTS.filter(isOurs).map(({ file, target }) => `${roomOf(file)} ${roomOf(target)}`),
    )
    const unused = [...ROOMS].flatMap(([room, allowed]) =>
      allowed.map((name) => `${room} ${name}`).filter((direction) => !used.has(direction)),
    )
    assert.deepStrictEqual(unused, [])
  })

  it("name every file as it is called", () => {
    const missing = IMPORTS.filter((one) => one.target.endsWith(".ts") && !isOurs(one)).map(written)
    assert.deepStrictEqual(missing, [])
  })

  it.each(["main.node.ts", "main.bun.ts"])("of %s load no package before register", (entry) => {
    const loaded = loadedWith(entry)
    assert.include([...loaded], "begin.ts")
    assert.notInclude([...loaded], "Boot.ts")
    const packages = IMPORTS.filter(
      (one) => loaded.has(one.file) && !one.isType && !one.isLazy && !isOurs(one) && !isBuiltin(one.target),
    ).map(written)
    assert.deepStrictEqual(packages, [])
  })

  it("leave the environment to Settings: what stands before it is named here", () => {
    const READS =
      /\b(?:process|Bun)\.env\b|\benv(?:ironment)?(?:\[|\.[A-Z])|\}\s*=\s*(?:process\.)?env(?:ironment)?\b/
    const BEFORE_SETTINGS = [
      // The two platforms hand it over; Bun takes the proxies out, which it would use for every call.
      "host/node.ts",
      "host/bun.ts",
      // Read before `register`: which port to open, where to register and for which events.
      "config/fields/port.ts",
      "lambda/registerRequest.ts",
      // Read when `register` has been sent: where config.yaml is.
      "config/readConfigFile.ts",
      // Read by `Boot`, for lines that are logged before the settings are known.
      "config/environment/log.ts",
      // How `Settings` reads.
      "config/environment/variables.ts",
    ]
    const reading = FILES.filter((file) => READS.test(textOf(`src/${file}`).replace(COMMENT, "")))
    assert.sameMembers(reading, BEFORE_SETTINGS)
  })

  it.each(["client", "local"])("of %s do not reach into src/", (folder) => {
    const files = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    const reaching = files.filter(
      (file) => file.endsWith(".ts") && /["'](?:\.\.\/)+src\//.test(textOf(`${folder}/${file}`)),
    )
    assert.deepStrictEqual(reaching, [])
  })

  it("take AWS's packages into aws, the kinds, host and the shared tier alone, and Effect's HTTP not into the rooms below", () => {
    const foreign = (pattern: RegExp, ...rooms: ReadonlyArray<string>) =>
      IMPORTS.filter(({ file, target }) => pattern.test(target) && !rooms.includes(roomOf(file))).map(written)
    assert.deepStrictEqual(
      foreign(/^@(aws-sdk|smithy)\//, "aws", "kinds/*/fetch", "host", "shared/stores", "shared/encryption"),
      [],
    )
    // Spans are sent over HTTP, by a file that is loaded for that alone.
    const withoutOtlp = foreign(/^effect\/http/, "http", "host").filter(
      (one) => !one.startsWith("observability/otlp.ts "),
    )
    assert.deepStrictEqual(withoutOtlp, [])
  })
})

const isBuiltin = (target: string): boolean =>
  target.startsWith("node:") && builtinModules.includes(target.slice("node:".length))

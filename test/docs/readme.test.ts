/**
 * README.md against the code and the pages behind it: its commands, links, configuration and figures exist. The commands
 * and links of every other document do, too. `snippets.test.ts` runs its snippets.
 */
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { readConfig } from "../support/configs.ts"
import { anchorsIn, blocksOf, codesIn, linkedFilesOf, linksOf, ROOT, tablesOf, textOf } from "./markdown.ts"

const README = textOf("README.md")

const isAccepted = (yaml: string): boolean =>
  readConfig(yaml, { file: "config.yaml", region: "eu-west-1", ttl: undefined })._tag === "Success"

const { scripts } = JSON.parse(textOf("package.json")) as { readonly scripts: Record<string, string> }

const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "AGENTS.md", "CHANGELOG.md", "SECURITY.md"].concat(
  readdirSync(path.join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
)

/** The scripts that a document tells its reader to run. */
const scriptsIn = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g), ([, run, short]) => run ?? short ?? "")

const SOURCES = ["src", "cli", "local", "client", "scripts", "bench", "test"].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map(
    (file) => `/${folder}/${file}`,
  ),
)

describe.each(DOCUMENTS)("%s", (document) => {
  it("names only commands that package.json has", () => {
    const unknown = scriptsIn(textOf(document)).filter((name) => !(name in scripts))
    assert.deepStrictEqual(unknown, [])
  })

  it("links only to files that exist", () => {
    const from = path.dirname(path.join(ROOT, document))
    const missing = linkedFilesOf(textOf(document)).filter((file) => !existsSync(path.join(from, file)))
    assert.deepStrictEqual(missing, [])
  })

  it("names only source files that exist", () => {
    const named = codesIn(textOf(document)).filter((code) => /^\S+(?<!\.d)\.ts$/.test(code))
    const missing = named.filter((code) => {
      const pattern = new RegExp(`/${code.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`)
      return !SOURCES.some((file) => pattern.test(file))
    })
    assert.deepStrictEqual(missing, [])
  })

  it("links only to headings that exist", () => {
    const here = path.dirname(document)
    const missing = linksOf(textOf(document)).filter(({ anchor, file }) => {
      const target = file === "" ? document : path.join(here, file)
      return anchor !== "" && !anchorsIn(textOf(target)).includes(anchor)
    })
    assert.deepStrictEqual(missing, [])
  })
})

/** What a user copies: code blocks of the documents, and the samples. */
const COPIED = [
  ...DOCUMENTS.map((file) => [file, [...textOf(file).matchAll(/^```.*?^```$/gms)].join("\n")] as const),
  ...["example", "sam/functions"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.\w+$/.test(file))
      .map((file) => [`${folder}/${file}`, textOf(`${folder}/${file}`)] as const),
  ),
]

it("shows no sample that looks a name up: 127.0.0.1 needs no thread of the runtime, localhost may wait for one", () => {
  assert.isAbove(COPIED.length, DOCUMENTS.length + 10)
  assert.deepStrictEqual(
    COPIED.filter(([, text]) => /\blocalhost\b/.test(text)).map(([file]) => file),
    [],
  )
})

describe("README.md", () => {
  it("shows the two commands that a fresh clone needs", () => {
    assert.deepStrictEqual(blocksOf(README, "sh")[0], "npm install && npm start\nnpm install && npm test\n")
    assert.includeMembers(scriptsIn(README) as Array<string>, ["start", "test", "layer"])
  })

  it("is short and links to every page of docs/, as the index there does", () => {
    assert.isBelow(README.split("\n").length, 150)
    const pages = DOCUMENTS.filter((file) => file.startsWith("docs/"))
    assert.includeMembers([...linkedFilesOf(README)], pages)
    const index = linkedFilesOf(textOf("docs/README.md")).map((file) => path.join("docs", file))
    assert.includeMembers(
      index,
      pages.filter((file) => file !== "docs/README.md"),
    )
  })

  it("shows a config.yaml that is accepted", () => {
    const [example = "", ...more] = blocksOf(README, "yaml")
    assert.deepStrictEqual([isAccepted(example), more.length], [true, 0])
  })

  it("shows what npm start prints, in its words", () => {
    const [transcript = "", ...more] = blocksOf(README, "text")
    assert.deepStrictEqual(more, [])
    const sources = ["src", "cli", "local", "example"].flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => /\.m?[jt]s$/.test(file))
        .map((file) => textOf(`${folder}/${file}`)),
    )
    const words = [
      "Starting Httpserver on port",
      "values follow at their first read",
      "a secret of",
      "straight from AWS",
    ]
    for (const part of words) {
      assert.include(transcript, part)
      assert.isTrue(
        sources.some((source) => source.includes(part)),
        part,
      )
    }
  })

  it("has no figure that docs/performance.md does not have", () => {
    const page = textOf("docs/performance.md")
    const columns = [
      "standalone layer (any runtime)",
      "Node layer (nodejs22.x, nodejs24.x)",
      "the Go original",
    ]
    const figures = tablesOf(README, "", ...columns).flatMap(([, ...cells]) => cells)
    assert.isAtLeast(figures.length, 18)
    assert.deepStrictEqual(
      figures.filter((figure) => !/^\d+\.\d$/.test(figure) || !page.includes(`| ${figure} |`)),
      [],
    )
  })

  it("quotes the tests that swap layers word by word", () => {
    const quoted = blocksOf(README, "ts")
    assert.isNotEmpty(quoted)
    const tests = textOf("test/docs/swapLayers.test.ts")
    for (const block of quoted) assert.include(tests, block)
  })
})

describe("docs/demo.md", () => {
  it("has the options of npm start with their defaults", () => {
    const help = execFileSync(process.execPath, ["scripts/node.mjs", "cli/demo/start.ts", "--help"], {
      cwd: ROOT,
      encoding: "utf8",
    })
    const flags = Array.from(help.matchAll(/^ +(--\w+) .*\(default (\w+)\)$/gm), ([, ...flag]) => flag)
    assert.isNotEmpty(flags)
    assert.deepStrictEqual(
      tablesOf(textOf("docs/demo.md"), "option", "default", "what it does").map(([name, value]) => [
        name,
        value,
      ]),
      flags,
    )
  })
})

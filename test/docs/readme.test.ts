/**
 * README.md against the code and the pages behind it: its commands, links, configuration and figures exist. Its snippets, and
 * that of docs/client.md, run against the extension's own routes, in each language whose toolchain is here.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { Cache } from "../../src/cache/Cache.ts"
import { parseConfig } from "../../src/config/ConfigFile.ts"
import { makeHandler } from "../../src/host/nodeAdapter.ts"
import { platform } from "../../src/host/node.ts"
import { noShortcut } from "../../src/http/shortcut.ts"
import { app } from "../../src/http/routes.ts"
import { notFound, parameter, planOf, text } from "../support/entries.ts"
import { DEAD_PROXY, folderOf, python3 } from "../support/lambda.ts"
import { anchorsIn, blocksOf, linkedFilesOf, linksOf, ROOT, tablesOf, textOf } from "./markdown.ts"

const README = textOf("README.md")

const isAccepted = (yaml: string): boolean =>
  parseConfig(yaml, { file: "config.yaml", region: "eu-west-1", ttl: undefined })._tag === "Success"

const { scripts } = JSON.parse(textOf("package.json")) as { readonly scripts: Record<string, string> }

const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "AGENTS.md"].concat(
  readdirSync(path.join(ROOT, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
)

/** The scripts that a document tells its reader to run. */
const scriptsIn = (text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(/npm (?:run ([\w:]+)|(start|test)\b)/g), ([, run, short]) => run ?? short ?? "")

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
    const sources = ["src", "local", "example"].flatMap((folder) =>
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
    const rows = tablesOf(
      README,
      "measured",
      "Node layer (nodejs22.x, nodejs24.x)",
      "standalone layer (any runtime)",
      "command",
    )
    const figures = rows.flatMap((cells) =>
      cells.slice(0, 3).flatMap((cell) => cell.match(/\d+\.\d|\d+(?= µs|$)/g) ?? []),
    )
    assert.isAtLeast(figures.length, 10)
    const page = textOf("docs/performance.md")
    assert.deepStrictEqual(
      figures.filter((figure) => !new RegExp(`\\b${figure}\\b`).test(page)),
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
    const source = textOf("local/start.ts")
    const flags = Array.from(
      source.matchAll(/Flag\.(?:Int|Boolean)\("(\w+)"\)[\s\S]*?withDefault\((\w+)\)/g),
      ([, name, value]) => [`--${name}`, value === "false" ? "off" : value],
    )
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

const GREETING = "Hello from Parameter Store"
const PARAMETER = parameter("/shop/greeting")
const ITEM = {
  ...parameter("Orders-7"),
  key: "dynamodb:Orders-7",
  address: {
    kind: "dynamodb",
    region: "us-west-2",
    table: "Orders",
    hash: { name: "id", type: "S", value: "7" },
    consistentRead: false,
    numbers: "number",
  },
} as const
const MISSING = parameter("/größe & mehr")

/** The extension's own routes on a free port, over a cache that holds the example's values. */
const serveExample = Effect.gen(function* () {
  const values = new Map<string, string>([
    [PARAMETER.key, GREETING],
    [ITEM.key, `{"Data":"Sample Data","id":"7"}`],
  ])
  const cache = Layer.mock(Cache, {
    read: ({ key }) => {
      const body = values.get(key)
      return body === undefined
        ? Effect.fail(notFound)
        : Effect.succeed({ value: text(body), age: 0, outcome: "miss" as const })
    },
    fresh: () => undefined,
  })
  const scope = yield* Effect.scope
  const routes = yield* Effect.provide(app, [cache, planOf(PARAMETER, ITEM, MISSING)])
  const handler = yield* makeHandler(routes, scope)
  const port = yield* Effect.acquireRelease(
    Effect.promise(() => platform.openPort(0)),
    ({ close }) => Effect.promise(close),
  )
  port.attach({ shortcut: noShortcut, handler: () => Promise.resolve(handler) })
  return port.number
})

/** A language, how its snippet becomes a program that prints the handler's answer, and how that is run. */
interface Language {
  readonly name: string
  /** The page that shows the snippet. */
  readonly page: string
  readonly fence: string
  readonly file: string
  /** What follows the snippet: prints what the function would return, then what a missing name brings. */
  readonly driver: string
  readonly command: string | undefined
}

const isHere = (command: string, ...args: ReadonlyArray<string>): string | undefined =>
  spawnSync(command, args).status === 0 ? command : undefined

const LANGUAGES: ReadonlyArray<Language> = [
  {
    name: "Node.js",
    page: "README.md",
    fence: "js",
    file: "index.mjs",
    driver: `
console.log([await handler(), JSON.parse(await read("dynamodb", "Orders-7")).Data].join(", "))
await read("parameters", "/größe & mehr").catch((error) => console.log(error.message))
`,
    command: process.execPath,
  },
  {
    name: "Python",
    page: "README.md",
    fence: "python",
    file: "app.py",
    driver: `
print(f"{read('parameters', '/shop/greeting')}, {handler({}, None)}")
try:
    read("parameters", "/größe & mehr")
except Exception as error:
    print(json.loads(error.read())["title"])
`,
    command: python3(),
  },
  {
    name: "Java",
    page: "docs/client.md",
    fence: "java",
    file: "Cache.java",
    driver: `
class Main {
    public static void main(String[] args) throws Exception {
        var item = Cache.read("dynamodb", "Orders-7");
        System.out.println(Cache.read("parameters", "/shop/greeting") + ", " + item.split("\\"")[3]);
        try { Cache.read("parameters", "/gr\\u00f6\\u00dfe & mehr"); } catch (Exception error) { System.out.println(error.getMessage()); }
    }
}
`,
    command: isHere("java", "-version"),
  },
]

/** Java runs the first class of a single file: the driver's goes before the snippet's, after the imports. */
const programOf = ({ driver, fence }: Language, snippet: string): string =>
  fence === "java" ? snippet.replace(/^class /m, `${driver}\nclass `) : `${snippet}${driver}`

describe("the snippets of README.md and docs/client.md", () => {
  for (const language of LANGUAGES) {
    const { command = "", fence, file, name, page } = language
    it.live.skipIf(command === "")(
      `in ${name} read values past a proxy, and say why where there is no data (skipped without its toolchain)`,
      () =>
        Effect.gen(function* () {
          const [snippet = ""] = blocksOf(textOf(page), fence)
          const port = yield* serveExample
          const program = programOf(language, snippet).replace("127.0.0.1:4000", `127.0.0.1:${port}`)
          const folder = yield* folderOf({ [file]: program })
          const env = {
            ...process.env,
            ...DEAD_PROXY,
            CACHE_EXTENSION_PORT: String(port),
            AWS_SESSION_TOKEN: "a token that is not required",
            PYTHONIOENCODING: "utf-8",
          }
          const run = promisify(execFile)
          const { stdout } = yield* Effect.promise(() => run(command, [path.join(folder, file)], { env }))
          const [answer, failure = ""] = stdout.trim().split(/\r?\n/)
          assert.strictEqual(answer, `${GREETING}, Sample Data`)
          assert.include(failure, "No data found")
        }),
      30_000,
    )
  }
})

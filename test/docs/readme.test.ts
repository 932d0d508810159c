/**
 * README.md against the code: commands, options, variables, statuses and headers exist as it says, its files too;
 * its snippets run, in each language whose toolchain is here, against the extension's own routes.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { execFile, spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { Cache } from "../../src/cache/Cache.ts"
import type { Forward, Outcome } from "../../src/cache/Served.ts"
import { parseConfig } from "../../src/config/ConfigFile.ts"
import { makeHandler } from "../../src/host/nodeAdapter.ts"
import { platform } from "../../src/host/node.ts"
import { cacheStatusOf } from "../../src/http/cacheStatus.ts"
import { PROBLEMS } from "../../src/http/problems.ts"
import { secondsOf } from "../../src/http/valueHeaders.ts"
import { noShortcut } from "../../src/http/shortcut.ts"
import { app } from "../../src/http/routes.ts"
import { notFound, parameter, planOf, POLICY, SECOND, text } from "../support/entries.ts"
import { ORIGINAL_CONFIG } from "../support/configs.ts"
import { DEAD_PROXY, folderOf, python3 } from "../support/lambda.ts"
import { blocksOf, codesIn, linkedFilesOf, proseOf, ROOT, tablesOf, textOf } from "./markdown.ts"

const README = textOf("README.md")
const PROSE = proseOf(README)

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

  it("has the options of npm start with their defaults", () => {
    const source = textOf("local/start.ts")
    const flags = Array.from(
      source.matchAll(/Flag\.(?:Int|Boolean)\("(\w+)"\)[\s\S]*?withDefault\((\w+)\)/g),
      ([, name, value]) => [`--${name}`, value === "false" ? "off" : value],
    )
    assert.isNotEmpty(flags)
    assert.deepStrictEqual(
      tablesOf(README, "option", "default", "what it does").map(([name, value]) => [name, value]),
      flags,
    )
  })

  it("has the variables of docs/configuration.md with their defaults", () => {
    const rows = tablesOf(README, "environment variable", "default", "what it does")
    const page = textOf("docs/configuration.md")
    const full = tablesOf(page, "variable", "value", "default", "example", "wrong", "message")
    const defaultOf = (value = "") => (value.startsWith("unset") ? "" : value)
    assert.deepStrictEqual(
      rows.map(([name, value]) => [name, value]),
      full.map(([name, , value]) => [name, defaultOf(value)]),
    )
  })

  it("shows config.yaml as the original had it, and as it may be, both accepted", () => {
    const [original = "", extended = "", ...more] = blocksOf(README, "yaml")
    const withoutComments = (yaml: string) => yaml.replace(/ +#.*$/gm, "")
    assert.strictEqual(withoutComments(original), withoutComments(ORIGINAL_CONFIG))
    const parsed = [original, extended].map(
      (yaml) => parseConfig(yaml, { file: "config.yaml", region: "eu-west-1", ttl: undefined })._tag,
    )
    assert.deepStrictEqual([...parsed, more.length], ["Success", "Success", 0])
  })

  it("has every status and title that the extension answers with, and no other", () => {
    const problems = Object.values(PROBLEMS).map(({ status, title }) => `${status} ${title}`)
    // The value itself; what has no body: done, not modified, and the host's refusal while it closes.
    const others = ["200 ", "204 ", "304 ", "503 "]
    assert.match(textOf("src/http/forget.ts") + textOf("src/http/reply.ts"), /status: 204[\s\S]*status: 304/)
    assert.match(textOf("src/host/refusals.ts"), /status: 503/)
    const rows = tablesOf(README, "status", "title", "when").map(([status, title]) => `${status} ${title}`)
    assert.sameMembers(rows, [...problems, ...others])
  })

  it("shows the forms of Cache-Status", () => {
    const policy = { ...POLICY, ttl: 3_600 * SECOND }
    const headerOf = (outcome: Outcome, age: number, forward?: Forward) => {
      const served = { value: text(""), age, outcome, ...(forward === undefined ? {} : { forward }) }
      return cacheStatusOf(served, secondsOf(served, policy).ttl)
    }
    const fromAws: Forward = { because: "miss", isCollapsed: false, isStored: true }
    assert.includeMembers([...codesIn(README)], [headerOf("hit", 2 * SECOND), headerOf("miss", 0, fromAws)])
    for (const outcome of ["stale", "stale-if-error", "stale-if-denied"] as const) {
      const header = headerOf(outcome, policy.ttl + SECOND)
      assert.match(header, /; ttl=-1; /)
      assert.include(codesIn(README), header.replace(/^.*; /, ""))
    }
  })

  it("maps the types of attributes as src/kinds/dynamodb/fetch/attributes.ts names them", () => {
    const types = (rows: ReadonlyArray<ReadonlyArray<string>>) =>
      rows.flatMap(([cell = ""]) => cell.split(/, ?/)).sort()
    const inSource = Array.from(
      textOf("src/kinds/dynamodb/fetch/attributes.ts").matchAll(/readonly ([A-Z]+): /g),
    )
    assert.deepStrictEqual(
      types(tablesOf(README, "DynamoDB", "JSON")),
      inSource.map(([, type = ""]) => type).sort(),
    )
  })

  it("names exactly the AWS calls that the sources make", () => {
    const files = readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    const sources = files.filter((file) => file.endsWith(".ts")).map((file) => textOf(`src/${file}`))
    const calls = new Set(sources.flatMap((source) => source.match(/(?<=new )\w+(?=Command\()/g) ?? []))
    const [, iam = ""] = PROSE.split("\n## IAM\n")
    const actions = codesIn(iam.split("\n## ")[0] ?? "").flatMap(
      (code) => /^\w+:(\w+)$/.exec(code)?.[1] ?? [],
    )
    assert.sameMembers(
      [...new Set(actions)].filter((action) => action !== "Decrypt"),
      [...calls],
    )
  })

  it("quotes the tests that swap layers word by word", () => {
    const quoted = blocksOf(README, "ts")
    assert.isNotEmpty(quoted)
    const tests = textOf("test/docs/swapLayers.test.ts")
    for (const block of quoted) assert.include(tests, block)
  })
})

const GREETING = "Hello from Parameter Store"
const PARAMETER = parameter("CacheExtensions_Parameter1")
const ITEM = {
  ...parameter("DynamoDbTable-pKey1-sKey1"),
  key: "dynamodb:DynamoDbTable-pKey1-sKey1",
  address: {
    kind: "dynamodb",
    region: "us-west-2",
    table: "DynamoDbTable",
    hash: { name: "pKey", type: "S", value: "pKey1" },
    consistentRead: false,
    numbers: "number",
  },
} as const
const MISSING = parameter("/größe & mehr")

/** The extension's own routes on a free port, over a cache that holds the example's values. */
const serveExample = Effect.gen(function* () {
  const values = new Map<string, string>([
    [PARAMETER.key, GREETING],
    [ITEM.key, `{"Data":"Sample Data","pKey":"pKey1","sKey":"sKey1"}`],
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
    fence: "js",
    file: "index.mjs",
    driver: `
console.log(await handler())
await read("parameters", "/größe & mehr").catch((error) => console.log(error.message))
`,
    command: process.execPath,
  },
  {
    name: "Python",
    fence: "python",
    file: "app.py",
    driver: `
print(handler({}, None))
try:
    read("parameters", "/größe & mehr")
except Exception as error:
    print(error)
`,
    command: python3(),
  },
  {
    name: "Java",
    fence: "java",
    file: "Cache.java",
    driver: `
class Main {
    public static void main(String[] args) throws Exception {
        var item = Cache.read("dynamodb", "DynamoDbTable-pKey1-sKey1");
        System.out.println(Cache.read("parameters", "CacheExtensions_Parameter1") + ", " + item.split("\\"")[3]);
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

describe("the snippets of README.md", () => {
  for (const language of LANGUAGES) {
    const { command = "", fence, file, name } = language
    it.live.skipIf(command === "")(
      `in ${name} read values past a proxy, and say why where there is no data (skipped without its toolchain)`,
      () =>
        Effect.gen(function* () {
          const [snippet = ""] = blocksOf(README, fence)
          const folder = yield* folderOf({ [file]: programOf(language, snippet) })
          const port = yield* serveExample
          const env = {
            ...process.env,
            ...DEAD_PROXY,
            CACHE_EXTENSION_PORT: String(port),
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

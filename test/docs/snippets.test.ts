/**
 * The snippets of README.md and docs/client.md run against the extension's own routes, in each language whose toolchain is here.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { execFile, spawnSync } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { Cache } from "../../src/cache/Cache.ts"
import { makeHandler } from "../../src/host/nodeAdapter.ts"
import { platform } from "../../src/host/node.ts"
import { noShortcut } from "../../src/http/shortcut.ts"
import { app } from "../../src/http/routes.ts"
import { notFound, parameter, planOf, text } from "../support/entries.ts"
import { DEAD_PROXY, folderOf, python3 } from "../support/lambda.ts"
import { blocksOf, textOf } from "./markdown.ts"
import { skipped } from "../support/skipped.ts"

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
      `in ${name} read values past a proxy, and say why where there is no data${skipped(command === "", "without its toolchain")}`,
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
      120_000,
    )
  }
})

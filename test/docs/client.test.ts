/**
 * docs/client.md against the client: its tables have the methods, options and titles that there are, and its examples are
 * these tests, word by word.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { createClient as createClientWith, type Kind } from "../../client/Client.ts"
import { CacheClient, type CacheClientError } from "../../client/effect.ts"
import { fetchOf } from "../../client/fixtures.ts"
import { manifestOf, rootManifest } from "../../scripts/package.ts"
import { blocksOf, codesIn, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/client.md")
const CONTRACT = textOf("client/contract.ts") + textOf("client/kinds.ts")

/** The members of an interface of the contract. */
const membersOf = (name: string): ReadonlyArray<string> => {
  const [, body = ""] =
    new RegExp(`^export interface ${name}\\b[^{]*\\{\\n(.*?)^\\}`, "ms").exec(CONTRACT) ?? []
  return Array.from(body.matchAll(/^ {2}readonly (\w+)/gm), ([, member = ""]) => member)
}

const createClient = () =>
  createClientWith({
    fetch: fetchOf({
      parameters: { "/app/greeting": "Hello", "/app/url": "https://example.org" },
      secrets: { "db/main": { port: 5432 } },
      dynamodb: { "Orders-7": { total: 12.5 } },
    }),
  })

/** Something that reads its password through the client, and once more when it is refused. */
class Database extends Context.Service<
  Database,
  { readonly login: Effect.Effect<string, CacheClientError> }
>()("test/Database") {
  static readonly layer = Layer.effect(
    Database,
    Effect.map(CacheClient, (cache) => {
      const kind: Kind = "secrets"
      const use = (password: string) => (password === "new password" ? "logged in" : undefined)
      return Database.of({
        login: Effect.gen(function* () {
          const first = use(yield* cache.get(kind, "db/main"))
          return first ?? use(yield* cache.refresh(kind, "db/main")) ?? "refused"
        }),
      })
    }),
  )
}

describe("docs/client.md", () => {
  it("has every method, every option and every title of the client's own", () => {
    const methods = tablesOf(PAGE, "method", "gives").map(([method = ""]) => method.replace(/\(.*/, ""))
    assert.sameMembers(methods, [...membersOf("Client")])

    const options = tablesOf(PAGE, "option", "of", "meaning").flatMap(([cell = ""]) =>
      cell.split(", ").map((option) => option.replaceAll("`", "")),
    )
    const selectors = Array.from(
      CONTRACT.matchAll(/^ {4}readonly (version\w*|label|as|flag|context|hashkeyvalue|sortkeyvalue)\?/gm),
      ([, one = ""]) => one,
    )
    assert.sameMembers(options, [...selectors, ...membersOf("ReadOptions"), ...membersOf("CallOptions")])

    const settings = tablesOf(PAGE, "option", "default", "meaning").map(([option]) => option)
    assert.sameMembers(settings, [...membersOf("ClientOptions")])

    const titles = tablesOf(PAGE, "title", "when").map(([title]) => `"${title}"`)
    for (const title of titles) assert.include(textOf("client/Client.ts"), `failed(${title}`)
  })

  it("names the entry points that the package exports", () => {
    const { exports } = manifestOf(rootManifest())
    const named = codesIn(PAGE).flatMap((code) => code.match(/lambda-cache-extension\/[\w/]+/g) ?? [])
    assert.includeMembers(
      named,
      Object.keys(exports)
        .filter((name) => name.startsWith("./client"))
        .map((name) => name.replace(".", "lambda-cache-extension")),
    )
    for (const code of named) assert.property(exports, code.replace("lambda-cache-extension", "."))
  })

  it("shows what is run here", () => {
    const source = textOf("test/docs/client.test.ts").replace(/^ {2}/gm, "")
    for (const block of blocksOf(PAGE, "ts")) assert.include(source, block)
  })

  it("shows a handler that reads a value, an item, a field and several names", async () => {
    assert.deepStrictEqual(await handler("7"), {
      greeting: "Hello",
      total: 12.5,
      port: 5432,
      values: { "/app/url": "https://example.org" },
      failed: ["/app/region"],
    })
  })

  const cache = createClient()

  const handler = async (id: string) => {
    const greeting = await cache.get("parameters", "/app/greeting")
    const order = await cache.getJson<{ readonly total: number }>("dynamodb", `Orders-${id}`)
    const port = await cache.getJson<number>("secrets", "db/main", { pointer: "/port" })
    const { errors, values } = await cache.getMany("parameters", ["/app/url", "/app/region"])
    return { greeting, total: order.total, port, values, failed: Object.keys(errors) }
  }

  it.effect("a login survives a rotation", () =>
    Effect.gen(function* () {
      const database = yield* Database
      assert.strictEqual(yield* database.login, "logged in")
    }).pipe(
      Effect.provide(
        Database.layer.pipe(
          Layer.provide(
            CacheClient.layerTest({
              secrets: { "db/main": ({ forced }) => (forced ? "new password" : "old password") },
            }),
          ),
        ),
      ),
    ),
  )
})

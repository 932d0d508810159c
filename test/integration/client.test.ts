/**
 * The built client on the built extension: what a function that imports it gets, from before the extension is ready to
 * after a freeze.
 */
import type { Seed } from "../../local/aws/seed.ts"
import { assert, it, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Schema } from "effect"
import type { Client, Fetch } from "../../client/Client.ts"
import { isEvent } from "../../local/lambda/events.ts"
import { loadClient, loadEffectClient } from "../support/builtClient.ts"
import { type Environment, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { BINARY, ITEM } from "./fixtures/kinds.ts"

class Started extends Context.Service<Started, Environment & { readonly client: Client }>()("test/Started") {}

const SEED: Seed = {
  parameters: [
    { name: "greeting", value: "schön ✓" },
    { name: "settings", value: `{"database":{"host":"db","port":5432}}` },
    { name: "versioned", value: "first", labels: ["live"] },
    { name: "/app/prod/a", value: "1" },
    { name: "/app/prod/deep/b", value: "2" },
  ],
  secrets: [
    { name: "db/main", value: `{"user":"u","password":"p"}` },
    { name: "binary", binary: BINARY.toString("base64") },
  ],
  tables: [
    { name: "Orders", hashKey: { name: "id" }, items: [{ id: ITEM, total: 12.5, lines: ["a", "b"] }] },
  ],
}

const CONFIG = `
parameters:
  - names: [greeting, settings, versioned, missing]
  - paths: [/app/prod/]
secrets:
  - names: [db/main, binary]
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: ${ITEM} }
cache:
  forced_refresh_interval: 0s
`

const clientOf = (port: number, fetch?: Fetch) =>
  Effect.map(Effect.promise(loadClient), ({ createClient }) => createClient({ port, token: "local", fetch }))

/** A promise's failure as a value. */
const failureOf = (call: Promise<unknown>) =>
  Effect.promise(() =>
    call.then(
      () => ({ status: 200, type: "", title: "" }),
      ({ status, title, type }) => ({ status, type, title }),
    ),
  )

onEachArtifact("the client", (artifact) => {
  const started = Layer.effect(
    Started,
    Effect.gen(function* () {
      const environment = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED })
      return { ...environment, client: yield* clientOf(environment.port) }
    }),
  )

  layer(started, { excludeTestServices: true, timeout: "30 seconds" })("reads", (it) => {
    const using = <A>(call: (client: Client) => Promise<A>) =>
      Effect.flatMap(Started, ({ client }) => Effect.promise(() => call(client)))

    it.effect("text, JSON, a field, bytes, an item", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* using((client) => client.get("parameters", "greeting")), "schön ✓")
        assert.deepStrictEqual(yield* using((client) => client.getJson("parameters", "settings")), {
          database: { host: "db", port: 5432 },
        })
        const field = (pointer: string) =>
          using((client) => client.getJson("parameters", "settings", { pointer }))
        assert.strictEqual(yield* field("/database/port"), 5432)
        assert.strictEqual(yield* field("/database/host"), "db")
        assert.deepStrictEqual(yield* field("/database"), { host: "db", port: 5432 })
        const bytes = yield* using((client) => client.getBytes("secrets", "binary"))
        assert.deepStrictEqual([...bytes], [...BINARY])
        const item = yield* using((client) => client.getJson("dynamodb", `Orders-${ITEM}`))
        assert.deepStrictEqual(item, { id: ITEM, total: 12.5, lines: ["a", "b"] })
      }),
    )

    it.effect("many names at once, each with its value or its failure", () =>
      Effect.gen(function* () {
        const { errors, values } = yield* using((client) =>
          client.getMany("parameters", ["greeting", "versioned", "missing", "unlisted"]),
        )
        assert.deepStrictEqual(values, { greeting: "schön ✓", versioned: "first" })
        assert.deepStrictEqual(
          Object.entries(errors).map(([name, { status, title }]) => `${name}: ${status} ${title}`),
          ["missing: 404 No data found", "unlisted: 404 No data found"],
        )
      }),
    )

    it.effect("more names than one request takes: 100 ARNs, 250 names, the longest there are", () =>
      Effect.gen(function* () {
        const arn = (index: number) =>
          `arn:aws:secretsmanager:us-west-2:123456789012:secret:team/${"x".repeat(200)}/${index}-AbCdEf`
        const lists = [
          Array.from({ length: 100 }, (_, index) => arn(index)),
          Array.from({ length: 250 }, (_, index) => `unlisted-${index}`),
          Array.from({ length: 20 }, (_, index) => `${"y".repeat(2_040)}${index}`),
        ]
        for (const names of lists) {
          const { errors, values } = yield* using((client) =>
            client.getMany<unknown>("secrets", [...names, "db/main", "binary"]),
          )
          assert.deepStrictEqual(Object.keys(values), ["db/main", "binary"])
          assert.deepStrictEqual(Object.keys(errors), names)
          assert.deepStrictEqual([...new Set(Object.values(errors).map(({ status }) => status))], [404])
        }
      }),
    )

    it.effect("one name as it would be among many", () =>
      Effect.gen(function* () {
        const many = (names: ReadonlyArray<string>) =>
          using((client) => client.getMany<unknown>("secrets", names))
        const among = yield* many(["db/main", "binary", "unlisted"])
        for (const name of ["db/main", "binary", "unlisted"]) {
          const alone = yield* many([name])
          assert.deepStrictEqual(alone.values[name], among.values[name])
          assert.deepStrictEqual(alone.errors[name]?.message, among.errors[name]?.message)
        }
      }),
    )

    it.effect("a path, a version, a label", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* using((client) => client.getByPath("/app/prod/")), {
          "/app/prod/a": "1",
          "/app/prod/deep/b": "2",
        })
        const { put } = yield* Started
        yield* put("versioned", "second")
        const read = (options: { readonly version: number } | { readonly label: string }) =>
          using((client) => client.get("parameters", "versioned", options))
        assert.deepStrictEqual(
          [yield* read({ version: 1 }), yield* read({ version: 2 }), yield* read({ label: "live" })],
          ["first", "second", "first"],
        )
      }),
    )

    it.effect("the value of now where it is refreshed, forgotten or has to be younger", () =>
      Effect.gen(function* () {
        const { put } = yield* Started
        const read = using((client) => client.get("parameters", "greeting"))
        yield* read
        yield* put("greeting", "refreshed")
        assert.strictEqual(yield* read, "schön ✓")
        assert.strictEqual(yield* using((client) => client.refresh("parameters", "greeting")), "refreshed")
        yield* put("greeting", "forgotten")
        assert.strictEqual(yield* read, "refreshed")
        yield* using((client) => client.invalidate("parameters", "greeting"))
        assert.strictEqual(yield* read, "forgotten")
        yield* put("greeting", "younger")
        const young = using((client) => client.get("parameters", "greeting", { maxAge: 0 }))
        assert.strictEqual(yield* young, "younger")
      }),
    )

    it.effect("nothing but a problem by name where there is no value", () =>
      Effect.gen(function* () {
        const { client } = yield* Started
        const problem = "urn:lambda-cache-extension:problem:"
        assert.deepStrictEqual(yield* failureOf(client.get("parameters", "unlisted")), {
          status: 404,
          type: `${problem}no-data-found`,
          title: "No data found",
        })
        assert.deepStrictEqual(
          yield* failureOf(client.get("parameters", "versioned", { version: 9, onlyIfCached: true })),
          { status: 504, type: `${problem}not-cached`, title: "Not cached" },
        )
      }),
    )
  })

  it.live("waits for an extension that is not there yet", () =>
    Effect.gen(function* () {
      const { lambda, port } = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        lambda: { freeze: false },
      })
      const refused = yield* Deferred.make<void>()
      const registered = lambda.events.waitFor(isEvent("registered"))
      let attempts = 0
      // The second attempt is made when the port is open, however long this machine takes for it.
      const fetch: Fetch = async (url, init) => {
        attempts += 1
        if (attempts > 1) await Effect.runPromise(registered)
        return globalThis.fetch(url, init).catch((error: unknown) => {
          Effect.runSync(Deferred.succeed(refused, undefined))
          throw error
        })
      }
      const client = yield* clientOf(port, fetch)
      const read = yield* Effect.forkChild(Effect.promise(() => client.get("parameters", "greeting")))
      yield* Deferred.await(refused)
      yield* lambda.init
      assert.strictEqual(yield* Fiber.join(read), "schön ✓")
      assert.isAbove(attempts, 1)
    }),
  )

  it.live("goes on over a freeze", () =>
    Effect.gen(function* () {
      const reads: Array<string> = []
      const { lambda } = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        handler: (_, { port }) =>
          Effect.flatMap(clientOf(port), (client) =>
            Effect.promise(async () => reads.push(await client.get("parameters", "greeting"))),
          ),
      })
      for (const _ of [1, 2, 3]) assert.isUndefined((yield* lambda.invoke({})).functionError)
      assert.deepStrictEqual(reads, ["schön ✓", "schön ✓", "schön ✓"])
    }),
  )

  it.live("has the token that the extension may require", () =>
    Effect.gen(function* () {
      const config = `${CONFIG}server:\n  token: required\n`
      const { port } = yield* startEnvironment({ artifact, config, seed: SEED })
      const { createClient } = yield* Effect.promise(loadClient)
      const without = createClient({ port, token: "" })
      const { status, title } = yield* failureOf(without.get("parameters", "greeting"))
      assert.deepStrictEqual([status, title], [403, "Forbidden"])
      const client = yield* clientOf(port)
      assert.strictEqual(yield* Effect.promise(() => client.get("parameters", "greeting")), "schön ✓")
    }),
  )

  it.live("is a layer, too", () =>
    Effect.gen(function* () {
      const { port } = yield* startEnvironment({ artifact, config: CONFIG, seed: SEED })
      const { CacheClient } = yield* Effect.promise(loadEffectClient)
      const program = Effect.gen(function* () {
        const cache = yield* CacheClient
        const port = yield* cache.getJson("parameters", "settings", Schema.Int, { pointer: "/database/port" })
        const { status } = yield* Effect.flip(cache.get("parameters", "unlisted"))
        return { port, status }
      })
      const client = CacheClient.layer({ port, token: "local" })
      assert.deepStrictEqual(yield* Effect.provide(program, client), { port: 5432, status: 404 })
    }),
  )
})

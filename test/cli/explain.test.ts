/**
 * `explain`: what serves a name, by the same lookup as for requests, with the place of each part of its policy in config.yaml.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import path from "node:path"
import { cli } from "../support/cli.ts"
import { folderOf } from "../support/lambda.ts"

const CONFIG = `cache:
  stale_if_error: 2h
parameters:
  - names: [/shop/greeting]
    ttl: 30s
  - paths: [/shop/prod]
    region: eu-west-1
    role_arn: arn:aws:iam::123456789012:role/reader
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: "7" }
`

const explainIn = Effect.fnUntraced(function* (config: string, ...args: ReadonlyArray<string>) {
  const folder = yield* folderOf({ "config.yaml": config })
  const all = ["explain", ...args, "--config", folder, "--region", "us-west-2"]
  return { file: path.join(folder, "config.yaml"), ...(yield* cli(all)) }
})

const explain = (...args: ReadonlyArray<string>) => explainIn(CONFIG, ...args)

describe("explain", () => {
  it.live("says whether the shared tier keeps a value, if there is a tier", () =>
    Effect.gen(function* () {
      const file = `shared: { store: dynamodb://shared, encryption: { kms_key: alias/shop } }
parameters: [{ names: [A] }, { names: [B], shared: false }]
`
      assert.match((yield* explainIn(file, "A")).stdout, /shared +encrypted/)
      assert.match((yield* explainIn(file, "B")).stdout, /shared +no/)
      assert.notMatch((yield* explain("/shop/greeting")).stdout, /shared/)
    }).pipe(Effect.scoped),
  )

  it.live("says where a name is listed, where each part of its policy is said, and how to read it", () =>
    Effect.gen(function* () {
      const { code, file, stdout } = yield* explain("/shop/greeting")
      assert.include(stdout, `parameters, from Parameter Store: listed, ${file}:4 (parameters[0].names[0])`)
      assert.include(stdout, "ttl 30s (parameters[0].ttl, line 5)")
      assert.include(stdout, "stale_if_error 2h (cache.stale_if_error, line 2)")
      assert.include(stdout, "negative_ttl 5s (the default)")
      assert.include(stdout, "curl 'http://127.0.0.1:4000/parameters?name=%2Fshop%2Fgreeting'")
      assert.include(stdout, "ssm:GetParameter on arn:aws:ssm:us-west-2:<account>:parameter/shop/greeting")
      assert.strictEqual(code, 0)
    }).pipe(Effect.scoped),
  )

  it.live("names CACHE_EXTENSION_TTL where that overrides the file", () =>
    Effect.gen(function* () {
      const { stdout } = yield* explain("/shop/greeting", "--ttl", "1m30s")
      assert.include(stdout, "ttl 1m30s (CACHE_EXTENSION_TTL)")
    }).pipe(Effect.scoped),
  )

  it.live("explains a member of a listed path by the path: its region, role and place", () =>
    Effect.gen(function* () {
      const { stdout } = yield* explain("/shop/prod/db-url", "--json")
      const [one] = JSON.parse(stdout)
      assert.deepInclude(one, {
        kind: "parameters",
        listed: "below a path",
        place: { path: "parameters[1].paths[0]", line: 6 },
        region: "eu-west-1",
        role: "arn:aws:iam::123456789012:role/reader",
      })
      assert.include(
        one.actions.map(({ action }: { readonly action: string }) => action),
        "ssm:GetParametersByPath",
      )
    }).pipe(Effect.scoped),
  )

  it.live("says that an item of a declared table is not loaded at start-up, as a listed one is", () =>
    Effect.gen(function* () {
      const file = "tables: [{ table: Carts, hashkey: id, hashkeytype: S }]"
      const { stdout } = yield* explainIn(file, "Carts-42")
      assert.include(stdout, "when          at the first read; then at the first read past the ttl")
      const listed = yield* explain("/shop/greeting")
      assert.include(listed.stdout, "or at start-up with CACHE_EXTENSION_INIT_STARTUP")
    }).pipe(Effect.scoped),
  )

  it.live("explains an item by its key", () =>
    Effect.gen(function* () {
      const { stdout } = yield* explain("Orders-7")
      assert.include(stdout, "dynamodb:GetItem on arn:aws:dynamodb:us-west-2:<account>:table/Orders")
    }).pipe(Effect.scoped),
  )

  it.live("suggests a listed name for a misspelt one, and ends with 1", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* explain("/shop/greetings")
      assert.include(stderr, 'lists no "/shop/greetings"')
      assert.include(stderr, "Did you mean /shop/greeting?")
      assert.deepStrictEqual([code, stdout], [1, ""])
    }).pipe(Effect.scoped),
  )

  it.live("reports the faults of config.yaml, as the extension would", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "config.yaml": "parameters: [{ names: [A], ttl: 5 }]" })
      const { code, stderr } = yield* cli(["explain", "A", "--config", folder])
      assert.include(stderr, 'parameters[0].ttl: found "5"; allowed: a duration')
      assert.strictEqual(code, 1)
    }).pipe(Effect.scoped),
  )
})

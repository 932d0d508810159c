/**
 * Everything that can be kept, read through the built extension: parameters, secrets, items, with the values and the
 * names that go wrong easily. One environment per artifact, loaded at its start.
 */
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { ORIGINAL_CONFIG } from "../support/configs.ts"
import { type Environment, onEachPath, startEnvironment } from "../support/extension.ts"
import { BINARY, CONFIG, ITEM, ITEM_JSON, ITEM_STRINGS_JSON, SEED } from "./fixtures/kinds.ts"

class Started extends Context.Service<Started, Environment>()("test/Started") {}

const TEXT = "text/plain; charset=utf-8"

onEachPath("a read gives", (artifact, variables) => {
  const options = { artifact, config: CONFIG, seed: SEED, variables }
  for (const preload of [true, false]) {
    const started = Layer.effect(Started, startEnvironment({ ...options, preload }))
    layer(started, { excludeTestServices: true, timeout: "30 seconds" })(`with preload ${preload}`, (it) => {
      const text = Effect.fnUntraced(function* (kind: string, name: string) {
        const { read } = yield* Started
        const answer = yield* read(kind, name)
        assert.strictEqual(answer.status, 200, answer.text)
        return answer
      })

      it.effect.each([
        ["plain", "a plain value"],
        ["encrypted", "a SecureString, decrypted"],
        ["list", "a,b,c"],
        ["/app/prod/db-url_1.0", "postgres://x?y=z&w=%20"],
        ["deep", "schön ✓ 🎉"],
        ["json", '{"a":[1,2,{"b":null}]}'],
        ["blanks", "  two lines\nand blanks  "],
        ["versioned:1", "first version"],
        ["versioned:live", "first version"],
        ["007", "not seven"],
        ["1.50", "not one and a half"],
        ["true", "not a boolean"],
        ["2020-01-01", "not a date"],
        ["null", "not nothing"],
        ["/aws/reference/secretsmanager/secret_info", "a secret by reference"],
      ])("the parameter %j as it is", ([name, value]) =>
        Effect.gen(function* () {
          const answer = yield* text("parameters", String(name))
          assert.strictEqual(answer.text, value)
          assert.strictEqual(answer.headers["content-type"], TEXT)
        }),
      )

      it.effect("a parameter of another region from there", () =>
        Effect.gen(function* () {
          const { aws } = yield* Started
          assert.strictEqual((yield* text("parameters", "elsewhere")).text, "from Ireland")
          const call = (yield* aws.calls.all).find(({ names }) => names.includes("elsewhere"))
          assert.strictEqual(call?.region, "eu-west-1")
        }),
      )

      it.effect.each([
        ["db/main", '{"user":"u","password":"p"}'],
        ["a+b=c@d", "name with symbols"],
      ])("the secret %j as it is", ([name, value]) =>
        Effect.gen(function* () {
          const answer = yield* text("secrets", String(name))
          assert.strictEqual(answer.text, value)
          assert.strictEqual(answer.headers["content-type"], TEXT)
        }),
      )

      it.effect("a binary secret byte by byte", () =>
        Effect.gen(function* () {
          const answer = yield* text("secrets", "binary")
          assert.deepStrictEqual(answer.bytes, BINARY)
          assert.strictEqual(answer.headers["content-type"], "application/octet-stream")
        }),
      )

      it.effect.each([
        ["an item by string keys", "Orders-customer 1-2026/11-24", { Data: "by S and S" }],
        ["an item by a number", "Numbers-007", { Data: "by N" }],
        ["an item by base64", "Binaries-AAH/", { Data: "by B" }],
        ["an item by its hash key alone", "Flat-only", { Data: "by hash" }],
        ["an item by a number as sort key", "Series-s-10.5", { Data: "by N as sort key" }],
        ["an item by a key that URLs must escape", "Flat-50% größe/日本 &+#-x", { Data: "escaped" }],
      ] as const)("%s", ([, name, expected]) =>
        Effect.gen(function* () {
          const answer = yield* text("dynamodb", name)
          assert.deepInclude(JSON.parse(answer.text), expected)
          assert.strictEqual(answer.headers["content-type"], "application/json")
        }),
      )

      it.effect("every type of attribute, with all digits of its numbers", () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* text("dynamodb", `Types-${ITEM}`)).text, ITEM_JSON)
        }),
      )

      it.effect("numbers as strings where the section asks for the original's form", () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* text("dynamodb", `Strings-${ITEM}`)).text, ITEM_STRINGS_JSON)
        }),
      )

      it.effect("the age of a value, and that it came from memory the second time", () =>
        Effect.gen(function* () {
          yield* text("parameters", "plain")
          const { headers } = yield* text("parameters", "plain")
          assert.match(String(headers["age"]), /^\d+$/)
          assert.match(String(headers["cache-status"]), /^cache-extension; hit; ttl=3[56]\d\d$/)
        }),
      )
    })
  }

  const original = Layer.effect(Started, startEnvironment({ ...options, config: ORIGINAL_CONFIG }))
  layer(original, { excludeTestServices: true, timeout: "30 seconds" })(
    "with the original's config.yaml",
    (it) => {
      it.effect.each([
        ["/parameters?name=CacheExtensions_Parameter1", "the original's parameter"],
        ["/parameters?name=/aws/reference/secretsmanager/secret_info", "a secret by reference"],
        ["/dynamodb?name=DynamoDbTable-pKey1-sKey1", '{"Data":"Sample Data","pKey":"pKey1","sKey":"sKey1"}'],
      ])("what %s gave there", ([target, value]) =>
        Effect.gen(function* () {
          const { ask } = yield* Started
          const answer = yield* ask(String(target))
          assert.strictEqual(answer.status, 200)
          assert.strictEqual(answer.text, value)
        }),
      )
    },
  )
})

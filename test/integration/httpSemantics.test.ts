/**
 * HTTP beyond the plain read, on the built extension: names that are hard to write, several at once, fields, versions,
 * paths, conditions, directives, methods.
 */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { ALONE, type Environment, onEachPath, readOf, startEnvironment } from "../support/extension.ts"
import type { Answer } from "../support/extensionHttp.ts"

class Started extends Context.Service<Started, Environment>()("test/Started") {}

const DIGITS = "12345678901234567890123456789012345678"
const BINARY = Buffer.from([0x00, 0xff, 0x80])

/** As long as a parameter's name may be when it is created, and as a key of DynamoDB may be (2,048 bytes). */
const LONG_PARAMETER = `/long/${"p".repeat(1_000)}`
const LONG_KEY = "日".repeat(682)

/** Keys of items, whose names may hold anything. */
const HARD_KEYS = ["a/b-c", "100%", "%41", "a b", "a+b&c=d?e#f", "größe 日本 🎉", '"quotes"\\', LONG_KEY]

const SEED = {
  parameters: [
    { name: "A", value: "value of A" },
    { name: "B", value: "value of B" },
    { name: "json", value: `{"n":${DIGITS},"s":"text","a":[1,2.50]}` },
    { name: "versioned", value: "first", labels: ["live"] },
    { name: LONG_PARAMETER, value: "value of a long name" },
    { name: "/shop/x", value: "value of x" },
    { name: "/shop/deep/y", value: '{"z":1.0}' },
  ],
  secrets: [
    { name: "db/main", value: '{"user":"u","password":"p"}' },
    { name: "a+b=c@d", value: "name with symbols" },
    { name: "binary", binary: BINARY.toString("base64") },
  ],
  tables: [
    {
      name: "Keys",
      hashKey: { name: "id" },
      items: [...HARD_KEYS.map((id) => ({ id })), { id: "digits", n: { $N: DIGITS } }],
    },
  ],
}

const itemsOf = (keys: ReadonlyArray<string>) =>
  keys.map((key) => `  - { table: Keys, hashkey: id, hashkeytype: S, hashkeyvalue: ${JSON.stringify(key)} }`)

const CONFIG = `
parameters:
  - names: [A, B, json, versioned, missing, ${LONG_PARAMETER}]
  - paths: [/shop/]
secrets:
  - names: [db/main, binary, a+b=c@d, missing]
dynamodb:
${itemsOf([...HARD_KEYS, "digits", "missing"]).join("\n")}
`

/** Demands cost a call each time, not one a second: so that nothing has to wait. */
const UNLIMITED = `${CONFIG}cache:\n  forced_refresh_interval: 0s\n`

const namesOf = (kind: string, ...names: ReadonlyArray<string>): string =>
  `/${kind}?${names.map((name) => `name=${encodeURIComponent(name)}`).join("&")}`

const problemsIn = (errors: Readonly<Record<string, { readonly status: number; readonly type: string }>>) =>
  Object.entries(errors).map(([name, { status, type }]) => [name, status, type.replace(/^.*:/, "")])

const tagOf = ({ headers }: Answer): string => String(headers["etag"])

onEachPath("the contract", (artifact, variables) => {
  const options = { artifact, seed: SEED, variables }
  const started = Layer.effect(Started, startEnvironment({ ...options, config: CONFIG }))

  layer(started, { excludeTestServices: true })("of reads", (it) => {
    it.effect.each(HARD_KEYS)("serves an item whose key URLs must escape: %j", (key) =>
      Effect.gen(function* () {
        const { read } = yield* Started
        for (const _ of ["from AWS", "from memory"]) {
          const answer = yield* read("dynamodb", `Keys-${key}`)
          assert.deepInclude(answer, { status: 200, text: JSON.stringify({ id: key }) })
        }
      }),
    )

    it.effect("serves a name of a thousand characters, and refuses one over the limit with 400", () =>
      Effect.gen(function* () {
        const { read } = yield* Started
        assert.strictEqual((yield* read("parameters", LONG_PARAMETER)).text, "value of a long name")
        assert.strictEqual((yield* read("parameters", "x".repeat(2_048))).status, 404)
        assert.strictEqual((yield* read("parameters", "x".repeat(2_049))).status, 400)
      }),
    )

    it.effect("refuses a first line that is longer than 16 KiB with 431, and serves the next request", () =>
      Effect.gen(function* () {
        const { ask, read } = yield* Started
        const names = Array.from({ length: 17 }, (_, index) => `${index}`.padEnd(1_024, "x"))
        assert.strictEqual((yield* ask(namesOf("secrets", ...names))).status, 431)
        assert.strictEqual((yield* read("parameters", "A")).status, 200)
      }),
    )

    it.effect("takes + for a blank and %2B for a plus sign", () =>
      Effect.gen(function* () {
        const { ask, read } = yield* Started
        assert.strictEqual((yield* read("secrets", "a+b=c@d")).text, "name with symbols")
        assert.strictEqual((yield* ask("/secrets?name=a+b=c@d")).status, 404)
        assert.strictEqual((yield* ask("/dynamodb?name=Keys-a+b")).text, '{"id":"a b"}')
      }),
    )

    it.effect("gives several names in one answer, and each failure its problem", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        const parameters = JSON.parse(
          (yield* ask(namesOf("parameters", "A", "missing", "B", "unlisted"))).text,
        )
        assert.deepStrictEqual(parameters.values, { A: "value of A", B: "value of B" })
        assert.deepStrictEqual(problemsIn(parameters.errors), [
          ["missing", 404, "no-data-found"],
          ["unlisted", 404, "no-data-found"],
        ])
        const secrets = JSON.parse((yield* ask(namesOf("secrets", "binary", "missing", "db/main"))).text)
        assert.deepStrictEqual(secrets.values, {
          binary: BINARY.toString("base64"),
          "db/main": '{"user":"u","password":"p"}',
        })
        const items = yield* ask(namesOf("dynamodb", "Keys-digits", "Keys-missing"))
        assert.deepInclude(items.headers, { "content-type": "application/json", "cache-control": "no-store" })
        assert.match(
          items.text,
          new RegExp(`^{"values":{"Keys-digits":{"id":"digits","n":${DIGITS}}},"errors":{"Keys-missing":{`),
        )
      }),
    )

    it.effect("gives one field of a value by its JSON pointer", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        for (const [target, status, text, type] of [
          ["/parameters?name=json&json=/n", 200, DIGITS, "application/json"],
          ["/parameters?name=json&json=/s", 200, "text", "text/plain; charset=utf-8"],
          ["/parameters?name=json&json=/a/1", 200, "2.50", "application/json"],
          ["/secrets?name=db/main&json=/password", 200, "p", "text/plain; charset=utf-8"],
          ["/dynamodb?name=Keys-digits&json=/n", 200, DIGITS, "application/json"],
        ] as const) {
          const answer = yield* ask(target)
          assert.deepInclude(answer, { status, text }, target)
          assert.strictEqual(answer.headers["content-type"], type)
        }
        const none = yield* ask("/secrets?name=db/main&json=/none")
        assert.deepStrictEqual([none.status, JSON.parse(none.text).title], [404, "No such field"])
        assert.notInclude(none.text, "user")
      }),
    )

    it.effect("gives another version by its number or label", () =>
      Effect.gen(function* () {
        const { ask, put } = yield* Started
        yield* put("versioned", "second")
        assert.strictEqual((yield* ask("/parameters?name=versioned")).text, "second")
        assert.strictEqual((yield* ask("/parameters?name=versioned&version=1")).text, "first")
        assert.strictEqual((yield* ask("/parameters?name=versioned&label=live")).text, "first")
        assert.strictEqual((yield* ask("/parameters?name=versioned&version=9")).status, 404)
      }),
    )

    it.effect(
      "gives a whole path, and what is below it by name",
      () =>
        Effect.gen(function* () {
          const { ask, operations } = yield* Started
          const path = yield* ask("/parameters?path=/shop/")
          assert.strictEqual(path.text, '{"/shop/deep/y":"{\\"z\\":1.0}","/shop/x":"value of x"}')
          assert.strictEqual(path.headers["content-type"], "application/json")
          const before = yield* operations
          const member = yield* ask("/parameters?name=/shop/x")
          assert.deepInclude(member, { status: 200, text: "value of x" })
          assert.strictEqual(member.headers["content-type"], "text/plain; charset=utf-8")
          assert.strictEqual((yield* ask("/parameters?name=/shop/deep/y&json=/z")).text, "1.0")
          assert.strictEqual((yield* ask("/parameters?name=/shop/none")).status, 404)
          assert.strictEqual((yield* ask("/parameters?path=/other")).status, 404)
          assert.deepStrictEqual(yield* operations, before)
        }),
      ALONE,
    )

    it.effect.each([
      readOf("parameters", "A"),
      readOf("secrets", "binary"),
      readOf("dynamodb", "Keys-digits"),
      readOf("parameters", "missing"),
      namesOf("parameters", "A", "B"),
    ])("answers HEAD with the headers of GET, the length of the body too: %s", (target) =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        yield* ask(target)
        const get = yield* ask(target)
        const head = yield* ask(target, { method: "HEAD" })
        assert.deepInclude(head, { status: get.status, text: "" })
        for (const name of ["content-type", "content-length", "cache-control", "etag"])
          assert.strictEqual(head.headers[name], get.headers[name], name)
        assert.strictEqual(get.headers["content-length"], String(get.bytes.length))
      }),
    )

    it.effect("answers OPTIONS with the methods there are, and nothing else", () =>
      Effect.gen(function* () {
        const { ask } = yield* Started
        const answer = yield* ask("/parameters?name=A", { method: "OPTIONS" })
        assert.deepInclude(answer, { status: 204, text: "" })
        assert.strictEqual(answer.headers["allow"], "GET, HEAD, DELETE, OPTIONS")
        assert.strictEqual(
          (yield* ask("/health", { method: "OPTIONS" })).headers["allow"],
          "GET, HEAD, OPTIONS",
        )
        assert.strictEqual((yield* ask("/none", { method: "OPTIONS" })).status, 404)
      }),
    )

    it.effect("says for how long a value may be kept, and that a problem may not", () =>
      Effect.gen(function* () {
        const { read } = yield* Started
        assert.strictEqual((yield* read("parameters", "A")).headers["cache-control"], "private, max-age=3600")
        assert.strictEqual((yield* read("parameters", "missing")).headers["cache-control"], "no-store")
      }),
    )
  })

  const start = (config: string = UNLIMITED) => startEnvironment({ ...options, config })
  const cacheControl = (directives: string) => ({ headers: { "cache-control": directives } })

  it.live("answers 304 to who has the value, also after a refresh that changed nothing", () =>
    Effect.gen(function* () {
      const { ask, operations, put, read } = yield* start()
      const first = yield* read("parameters", "A")
      const condition = { "if-none-match": `"other", W/${tagOf(first)}` }
      const again = yield* read("parameters", "A", { headers: condition })
      assert.deepInclude(again, { status: 304, text: "" })
      assert.strictEqual(tagOf(again), tagOf(first))

      const refreshed = yield* read("parameters", "A", {
        headers: { ...condition, "cache-control": "no-cache" },
      })
      assert.strictEqual(refreshed.status, 304)
      assert.strictEqual((yield* operations).length, 2)

      yield* put("A", "another value")
      const changed = yield* read("parameters", "A", {
        headers: { ...condition, "cache-control": "no-cache" },
      })
      assert.deepInclude(changed, { status: 200, text: "another value" })
      assert.notStrictEqual(tagOf(changed), tagOf(first))

      const both = yield* ask(namesOf("parameters", "A", "B"))
      const same = yield* ask(namesOf("parameters", "A", "B"), { headers: { "if-none-match": tagOf(both) } })
      assert.deepInclude(same, { status: 304, text: "" })
    }),
  )

  it.live("fetches several names in one call, and none that is held", () =>
    Effect.gen(function* () {
      const { ask, operations } = yield* start()
      const target = namesOf("parameters", "A", "B", "json", "missing")
      yield* ask(target)
      assert.deepStrictEqual(yield* operations, ["GetParameters"])
      const again = yield* ask(namesOf("parameters", "A", "B", "json"))
      assert.match(String(again.headers["cache-status"]), /^cache-extension; hit; ttl=\d+; detail="3 hit"$/)
      assert.deepStrictEqual(yield* operations, ["GetParameters"])
    }),
  )

  it.live("only-if-cached costs no call: 504 until somebody has fetched the value", () =>
    Effect.gen(function* () {
      const { operations, read } = yield* start()
      const missing = yield* read("parameters", "A", cacheControl("only-if-cached"))
      assert.deepStrictEqual([missing.status, JSON.parse(missing.text).title], [504, "Not cached"])
      assert.deepStrictEqual(yield* operations, [])
      yield* read("parameters", "A")
      const held = yield* read("parameters", "A", cacheControl("only-if-cached"))
      assert.deepInclude(held, { status: 200, text: "value of A" })
      assert.strictEqual(
        (yield* read("parameters", "A", cacheControl("only-if-cached, min-fresh=99999"))).status,
        504,
      )
      assert.deepStrictEqual(yield* operations, ["GetParameter"])
    }),
  )

  it.live("max-age, min-fresh and no-cache fetch first where the value at hand will not do", () =>
    Effect.gen(function* () {
      const { operations, read } = yield* start()
      const callsOf = (directives: string) =>
        Effect.gen(function* () {
          const before = (yield* operations).length
          const answer = yield* read("parameters", "A", cacheControl(directives))
          assert.strictEqual(answer.status, 200)
          return [
            (yield* operations).length - before,
            /fwd=\w+|hit/.exec(String(answer.headers["cache-status"]))?.[0],
          ]
        })
      yield* read("parameters", "A")
      assert.deepStrictEqual(yield* callsOf("max-age=60, min-fresh=60"), [0, "hit"])
      assert.deepStrictEqual(yield* callsOf("max-age=0"), [1, "fwd=request"])
      assert.deepStrictEqual(yield* callsOf("min-fresh=99999"), [1, "fwd=request"])
      assert.deepStrictEqual(yield* callsOf("no-cache"), [1, "fwd=request"])
      assert.deepStrictEqual(yield* callsOf("max-age=soon"), [1, "fwd=request"])
    }),
  )

  it.live("a storm of max-age=0 costs no more than a call a second", () =>
    Effect.gen(function* () {
      const { operations, read } = yield* start(CONFIG)
      const begun = performance.now()
      yield* Effect.forEach(
        Array.from({ length: 100 }),
        () => read("parameters", "A", cacheControl("max-age=0")),
        { concurrency: 10 },
      )
      const seconds = (performance.now() - begun) / 1_000
      assert.isAtMost((yield* operations).length, 1 + Math.ceil(seconds))
    }),
  )

  it.live("no-store keeps nothing of what it fetches", () =>
    Effect.gen(function* () {
      const { operations, read } = yield* start()
      const answer = yield* read("parameters", "A", cacheControl("no-store"))
      assert.deepInclude(answer, { status: 200, text: "value of A" })
      assert.match(String(answer.headers["cache-status"]), /^cache-extension; fwd=miss; ttl=\d+$/)
      assert.strictEqual((yield* read("parameters", "A", cacheControl("only-if-cached"))).status, 504)
      yield* read("parameters", "A")
      assert.match(
        String((yield* read("parameters", "A", cacheControl("no-store"))).headers["cache-status"]),
        /; hit; /,
      )
      assert.strictEqual((yield* operations).length, 2)
    }),
  )

  it.live("max-stale is content with an old value, which is fetched anew behind it", () =>
    Effect.gen(function* () {
      const { aws, put, read } = yield* start("parameters:\n  - names: [A]\n    ttl: 0s\n")
      yield* read("parameters", "A")
      yield* put("A", "another value")
      const stale = yield* read("parameters", "A", cacheControl("max-stale=60"))
      assert.strictEqual(stale.text, "value of A")
      yield* aws.calls.until(({ operation }) => operation === "GetParameter", 2)
    }),
  )

  it.live("DELETE forgets several names, or a path", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* start()
      yield* ask(namesOf("parameters", "A", "B"))
      yield* ask("/parameters?path=/shop/")
      const remove = (target: string) => Effect.map(ask(target, { method: "DELETE" }), ({ status }) => status)
      assert.strictEqual(yield* remove(namesOf("parameters", "A", "B")), 204)
      assert.strictEqual(yield* remove("/parameters?path=/shop/"), 204)
      for (const name of ["A", "B", "/shop/x"])
        assert.strictEqual((yield* read("parameters", name, cacheControl("only-if-cached"))).status, 504)
      assert.strictEqual(yield* remove("/parameters?name=A&json=/x"), 400)
      assert.strictEqual(yield* remove("/parameters?name=unlisted"), 404)
    }),
  )
})

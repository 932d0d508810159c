/**
 * Each name gets what it asked for, whatever order AWS's replies come in and whatever a stand-in for AWS leaves out of
 * them; a reply that is none of its operation's replaces no value; and no name is lost because every object has it.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { REGION } from "../support/aws.ts"
import { type Environment, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { WRONG_MEMBERS } from "../support/wrongReplies.ts"

const ARN = `arn:aws:ssm:${REGION}:123456789012:parameter/A`

/** Ways to ask for a parameter with two versions, and the value of each. */
const WANTED: Readonly<Record<string, string>> = {
  "A:1": "first",
  A: "second",
  "A:old": "first",
  "A:new": "second",
  [`${ARN}:1`]: "first",
  [ARN]: "second",
  [`${ARN}:old`]: "first",
  B: "other",
}
const NAMES = Object.keys(WANTED)

const listing = (names: ReadonlyArray<string>) => `
parameters:
  - names: [${names.map((name) => JSON.stringify(name)).join(", ")}]
`

const ARRANGEMENTS: ReadonlyArray<readonly [title: string, effect: FaultEffect, calls: number | undefined]> =
  [
    ["shuffles its replies", { kind: "rearrange" }, 1],
    ["reverses its replies", { kind: "rearrange", order: "reversed" }, 1],
    ["writes selectors into names", { kind: "rearrange", selectorInName: true }, 1],
    ["leaves selectors out", { kind: "rearrange", without: ["Selector"] }, undefined],
    ["leaves selectors and versions out", { kind: "rearrange", without: ["Selector", "Version"] }, undefined],
    ["leaves selectors and ARNs out", { kind: "rearrange", without: ["Selector", "ARN"] }, undefined],
  ]

/** Both versions of A, and labels on them. */
const seedVersions = ({ aws }: Environment) =>
  Effect.gen(function* () {
    const seed = (name: string, value: string, labels: ReadonlyArray<string>) =>
      Effect.orDie(seedFrom(aws.endpoint, { region: REGION, parameters: [{ name, value, labels }] }))
    yield* seed("A", "first", ["old"])
    yield* seed("A", "second", ["new"])
    yield* seed("B", "other", ["only"])
    yield* aws.calls.clear
  })

const expectWanted = ({ read }: Environment, names: ReadonlyArray<string>) =>
  Effect.forEach(
    names,
    (name) =>
      Effect.map(read("parameters", name), ({ status, text }) =>
        assert.deepStrictEqual({ name, status, text }, { name, status: 200, text: WANTED[name] }),
      ),
    { concurrency: "unbounded" },
  )

onEachArtifact("while AWS", (artifact) => {
  it.live.each(ARRANGEMENTS)("%s, each name has the version that it asks for", ([, effect, calls]) =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: listing(NAMES),
        preload: true,
        lambda: { freeze: false },
      })
      yield* seedVersions(environment)
      yield* environment.aws.faults.inject({ effect })
      yield* environment.lambda.init
      yield* expectWanted(environment, NAMES)
      const operations = yield* environment.operations
      if (calls !== undefined) assert.deepStrictEqual(operations, Array(calls).fill("GetParameters"))
    }),
  )

  it.live("leaves selectors out, versions that are read at the same moment cost one call", () =>
    Effect.gen(function* () {
      const names = ["A:1", "A", `${ARN}:1`, ARN, "B"]
      const environment = yield* makeEnvironment({
        artifact,
        config: listing(names),
        preload: true,
        lambda: { freeze: false },
      })
      yield* seedVersions(environment)
      yield* environment.aws.faults.inject({ effect: { kind: "rearrange", without: ["Selector"] } })
      yield* environment.lambda.init
      yield* expectWanted(environment, names)
      assert.deepStrictEqual(yield* environment.operations, ["GetParameters"])
    }),
  )

  it.live("leaves selectors out, a version in the query is not served under the bare name", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: listing(["A"]),
        lambda: { freeze: false },
      })
      yield* seedVersions(environment)
      yield* environment.aws.faults.inject({ effect: { kind: "rearrange", without: ["Selector"] } })
      yield* environment.lambda.init
      for (const labelled of ["/parameters?name=A&version=1", "/parameters?name=A&label=old"]) {
        const answers = yield* Effect.all(
          [environment.ask(labelled), environment.ask("/parameters?name=A"), environment.ask(labelled)],
          { concurrency: "unbounded" },
        )
        assert.deepStrictEqual(
          answers.map(({ text }) => text),
          ["first", "second", "first"],
        )
      }
    }),
  )

  it.live("shuffles its replies, secrets by partial ARNs are one call", () =>
    Effect.gen(function* () {
      const ids = ["s1", "s2", "s3"].map(
        (name) => `arn:aws:secretsmanager:${REGION}:123456789012:secret:${name}`,
      )
      const environment = yield* makeEnvironment({
        artifact,
        config: `secrets:\n  - names: [${["s1", ...ids].join(", ")}]\n`,
        seed: { secrets: ["s1", "s2", "s3"].map((name) => ({ name, value: `value of ${name}` })) },
        preload: true,
        lambda: { freeze: false },
      })
      yield* environment.aws.faults.inject({ effect: { kind: "rearrange" } })
      yield* environment.lambda.init
      for (const id of ["s1", ...ids]) {
        const { status, text } = yield* environment.read("secrets", id)
        assert.deepStrictEqual({ status, text }, { status: 200, text: `value of ${id.split(":").at(-1)}` })
      }
      assert.deepStrictEqual(yield* environment.operations, ["BatchGetSecretValue"])
    }),
  )
})

const ITEMS = ["__proto__", "constructor"]
const ITEM_CONFIG = ITEMS.map(
  (name) => `  - { table: ${name}, hashkey: ${name}, hashkeytype: S, hashkeyvalue: "1" }\n`,
).join("")
const itemOf = (name: string) => `{"${name}":{"S":"1"},"~map":{"M":{"${name}":{"S":"deep"}}}}`
const jsonOf = (name: string) => `{"${name}":"1","~map":{"${name}":"deep"}}`

onEachArtifact("a name that every object has", (artifact) => {
  it.live("is one like others in items, tables and keys, in a batch and alone", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: `cache: { forced_refresh_interval: 0s }\ndynamodb:\n${ITEM_CONFIG}`,
        preload: true,
        lambda: { freeze: false },
      })
      const { faults } = environment.aws
      const tables = ITEMS.map((name) => `"${name}":[${itemOf(name)}]`).join(",")
      yield* faults.inject({
        operation: "BatchGetItem",
        effect: { kind: "body", body: `{"Responses":{${tables}},"UnprocessedKeys":{}}` },
      })
      yield* environment.lambda.init
      for (const name of ITEMS) {
        const item = { kind: "body", body: `{"Item":${itemOf(name)}}` } as const
        yield* faults.inject({ operation: "GetItem", match: [name], effect: item })
        for (const headers of [{}, { "cache-control": "no-cache" }]) {
          const { status, text } = yield* environment.read("dynamodb", `${name}-1`, { headers })
          assert.deepStrictEqual({ status, text }, { status: 200, text: jsonOf(name) })
        }
        const field = yield* environment.ask(`/dynamodb?name=${name}-1&json=/~0map/${name}`)
        assert.deepInclude(field, { status: 200, text: "deep" })
        assert.deepInclude(yield* environment.ask(`/dynamodb?name=${name}-1&json=/${name}`), { text: "1" })
      }
      assert.deepStrictEqual(yield* environment.operations, ["BatchGetItem", "GetItem", "GetItem"])
    }),
  )

  it.live("is one like others in parameters: by name, several at once, below a path", () =>
    Effect.gen(function* () {
      const names = ["__proto__", "constructor", "toString"]
      const environment = yield* startEnvironment({
        artifact,
        config: `parameters:\n  - names: [${names.join(", ")}]\n    paths: [/app/]\n`,
        seed: {
          parameters: [...names, ...names.map((name) => `/app/${name}`)].map((name) => ({
            name,
            value: `value of ${name}`,
          })),
        },
        preload: true,
      })
      for (const name of names) {
        const { status, text } = yield* environment.read("parameters", name)
        assert.deepStrictEqual({ status, text }, { status: 200, text: `value of ${name}` })
      }
      const several = yield* environment.ask(`/parameters?${names.map((name) => `name=${name}`).join("&")}`)
      const values = names.map((name) => `"${name}":"value of ${name}"`).join(",")
      assert.strictEqual(several.text, `{"values":{${values}},"errors":{}}`)
      const path = yield* environment.ask("/parameters?path=/app/")
      const below = names.toSorted().map((name) => `"/app/${name}":"value of /app/${name}"`)
      assert.strictEqual(path.text, `{${below.join(",")}}`)
    }),
  )
})

onEachArtifact("a reply that is none of its operation's", (artifact) => {
  it.live.each(["null", "[]", "", WRONG_MEMBERS])("(%s) does not replace a value", (body) =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: `
cache: { ttl: 0s }
parameters: [{ names: [B] }]
secrets: [{ names: [s] }]
dynamodb: [{ table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }]
`,
        seed: {
          parameters: [{ name: "B", value: "good" }],
          secrets: [{ name: "s", value: "good" }],
          tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one", value: "good" }] }],
        },
        preload: true,
      })
      yield* environment.aws.faults.inject({ effect: { kind: "body", body } })
      for (const [kind, name] of [
        ["parameters", "B"],
        ["secrets", "s"],
        ["dynamodb", "Things-one"],
      ] as const) {
        const { headers, status, text } = yield* environment.read(kind, name)
        assert.strictEqual(status, 200)
        assert.include(text, "good")
        assert.include(String(headers["cache-status"]), "stale-if-error")
      }
    }),
  )
})

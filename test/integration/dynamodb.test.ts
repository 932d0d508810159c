/**
 * Queries, parts of items and declared tables on the built extension: values, calls, bounds, and what is served while
 * DynamoDB throttles, denies or breaks off in the middle of the pages.
 */
import { PutItemCommand } from "@aws-sdk/client-dynamodb"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Environment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { clientsFor, REGION, sdk } from "../support/aws.ts"

/** Four of them are more than a page of 1 MB, and less than two. */
const BODY = "x".repeat(350_000)
const EVENTS = Array.from({ length: 4 }, (_, index) => ({ stream: "s", at: index, body: BODY }))

const SEED = {
  region: REGION,
  tables: [
    {
      name: "Orders",
      hashKey: { name: "customer" },
      sortKey: { name: "day" },
      indexes: [{ name: "byState", hashKey: { name: "state" }, sortKey: { name: "day" } }],
      items: [
        { customer: "42", day: "2026-10-31", state: "paid", total: 7 },
        { customer: "42", day: "2026-11-01", state: "open", total: 19.9, size: { width: 3 } },
        { customer: "42", day: "2026-11-24", state: "open", total: { $N: "12345678901234567890.5" } },
        { customer: "43", day: "2026-11-02", state: "open", total: 1 },
      ],
    },
    {
      name: "Events",
      hashKey: { name: "stream" },
      sortKey: { name: "at", type: "N" as const },
      items: EVENTS,
    },
    {
      name: "Carts",
      hashKey: { name: "id", type: "N" as const },
      items: [1, 2, 3].map((id) => ({ id, sum: id * 10, secretNote: "kept" })),
    },
  ],
}

const CUSTOMER = 'table: Orders, hashkey: customer, hashkeytype: S, hashkeyvalue: "42"'
const SINCE = "sortkey: day, sortkeytype: S, sortkeyvalue: 2026-11-"
const ALL =
  "table: Events, hashkey: stream, hashkeytype: S, hashkeyvalue: s, attributes: [at], query: {}, ttl: 0s"

/** Each with a query of its own, because the extension does not ask again at once for what has just failed. */
const FAULTS = {
  denied: { kind: "error", status: 400, type: "AccessDeniedException" },
  reset: { kind: "resetMid" },
} as const

const CONFIG = `
dynamodb:
${Object.keys(FAULTS)
  .map((name) => `  - { name: ${name}, ${ALL} }`)
  .join("\n")}
  - { name: november, ${CUSTOMER}, ${SINCE}, query: { condition: begins_with } }
  - { name: latest, ${CUSTOMER}, attributes: [day, size.width], query: { order: descending, limit: 2 } }
  - { name: open, table: Orders, hashkey: state, hashkeytype: S, hashkeyvalue: open, attributes: [customer], query: { index: byState } }
  - { name: typed, ${CUSTOMER}, ${SINCE}01, format: dynamodb }
  - { name: none, ${CUSTOMER}, ${SINCE}, query: {} }
  - { name: events, ${ALL} }
  - { name: few, ${CUSTOMER}, query: { max_items: 2 } }
  - { name: small, ${CUSTOMER}, query: { max_bytes: 100B } }
  - { name: absent, table: Nothing, hashkey: a, hashkeytype: S, hashkeyvalue: b, query: {} }
tables:
  - { table: Carts, hashkey: id, hashkeytype: N, attributes: [sum] }
  - { table: Orders, hashkey: customer, hashkeytype: S, sortkey: day, sortkeytype: S, ttl: 0s }
`

const NOVEMBER =
  '[{"customer":"42","day":"2026-11-01","size":{"width":3},"state":"open","total":19.9},' +
  '{"customer":"42","day":"2026-11-24","state":"open","total":12345678901234567890.5}]'

const ALL_EVENTS = JSON.stringify(EVENTS.map(({ at }) => ({ at })))

/** What a request is answered with: the status, and the body or the problem's detail. */
const said = ({ ask }: Environment, target: string) =>
  Effect.map(ask(`/dynamodb?${target}`), ({ status, text }) => {
    const detail = status === 200 ? text : (JSON.parse(text) as { readonly detail: string }).detail
    return `${status} ${detail}`
  })

/** The calls that a request takes. */
const callsOf = Effect.fnUntraced(function* (environment: Environment, target: string) {
  yield* environment.aws.calls.clear
  yield* said(environment, target)
  return yield* environment.operations
})

onEachArtifact("of DynamoDB", (artifact) => {
  // Longer than the ttl of 0, so that each read asks DynamoDB.
  const start = startEnvironment({ artifact, config: CONFIG, seed: SEED, latency: 2 })

  it.live(
    "queries, parts of items and items of declared tables are read, each at the least number of calls",
    () =>
      Effect.gen(function* () {
        const environment = yield* start
        const ask = (target: string) => said(environment, target)
        const calls = (target: string) => callsOf(environment, target)
        assert.deepStrictEqual(
          yield* Effect.forEach(
            [
              "name=november",
              "name=latest",
              "name=open",
              "name=typed",
              "name=none",
              "name=latest&json=/0/day",
            ],
            ask,
          ),
          [
            `200 ${NOVEMBER}`,
            '200 [{"day":"2026-11-24"},{"day":"2026-11-01","size":{"width":3}}]',
            '200 [{"customer":"42"},{"customer":"43"},{"customer":"42"}]',
            '200 {"customer":{"S":"42"},"day":{"S":"2026-11-01"},"size":{"M":{"width":{"N":"3"}}},"state":{"S":"open"},"total":{"N":"19.9"}}',
            "200 []",
            "200 2026-11-24",
          ],
        )
        assert.deepStrictEqual(yield* calls("name=november"), [])
        assert.strictEqual(yield* ask("name=events"), `200 ${ALL_EVENTS}`)
        assert.deepStrictEqual(yield* calls("name=events"), ["Query", "Query"])

        assert.deepStrictEqual(yield* calls("name=Carts-1&name=Carts-2"), ["BatchGetItem"])
        assert.strictEqual(yield* ask("name=Carts&hashkeyvalue=2"), '200 {"sum":20}')
        assert.deepStrictEqual(yield* calls("name=Carts&hashkeyvalue=1"), [])
        assert.deepStrictEqual(yield* calls("name=Carts&hashkeyvalue=3"), ["GetItem"])
        assert.match(
          yield* ask("name=Orders&hashkeyvalue=43&sortkeyvalue=2026-11-02"),
          /^200 {"customer":"43"/,
        )
        assert.strictEqual(
          (yield* environment.ask("/dynamodb?name=Carts-3", { method: "DELETE" })).status,
          204,
        )
      }).pipe(Effect.scoped),
  )

  it.live("what cannot be read is refused in words that help, without a call where none is needed", () =>
    Effect.gen(function* () {
      const environment = yield* start
      yield* environment.aws.calls.clear
      const refusals = yield* Effect.forEach(
        [
          "name=Carts",
          "name=Carts-one",
          "name=Orders-43-2026-11-02",
          "name=Orders&hashkeyvalue=43",
          "name=november&hashkeyvalue=1",
          "name=Others-1",
        ],
        (target) => said(environment, target),
      )
      assert.deepStrictEqual(refusals, [
        '400 "Carts" cannot be in DynamoDB: it is a table; hashkeyvalue, the value of id, is missing',
        '400 "Carts-one" cannot be in DynamoDB: the value of hashkeyvalue must be a number of at most 38 digits, as the type is N',
        `400 "Orders-43-2026-11-02" cannot be in DynamoDB: it does not say which part is which key of the table; allowed is the table's name with hashkeyvalue and sortkeyvalue`,
        '400 "Orders" cannot be in DynamoDB: sortkeyvalue, the value of day, is missing',
        '404 "november" is not listed under dynamodb in config.yaml',
        '404 "Others-1" is not listed under dynamodb in config.yaml',
      ])
      assert.deepStrictEqual(yield* environment.operations, [])

      assert.strictEqual(
        yield* said(environment, "name=few"),
        "502 the query finds more than 2 items (query.max_items)",
      )
      assert.strictEqual(
        yield* said(environment, "name=small"),
        "502 the query finds more than 100 bytes of JSON (query.max_bytes)",
      )
      assert.deepStrictEqual(yield* environment.operations, ["Query", "Query"])
      assert.match(yield* said(environment, "name=absent"), /^404 .*there is no table Nothing in us-west-2$/)
      assert.match(yield* said(environment, "name=Carts-99"), /^404 no item in table Carts with this key$/)
      assert.deepStrictEqual(yield* callsOf(environment, "name=Carts-99"), [])
    }).pipe(Effect.scoped),
  )

  it.live(
    "a throttled page is asked for again, and the last whole result is served while a later page fails",
    () =>
      Effect.gen(function* () {
        const environment = yield* start
        const { dynamo } = yield* clientsFor(environment.aws.endpoint)
        const { faults } = environment.aws
        const names = Object.keys(FAULTS)
        for (const name of [...names, "events"])
          assert.strictEqual(yield* said(environment, `name=${name}`), `200 ${ALL_EVENTS}`)
        const Item = { stream: { S: "s" }, at: { N: "4" } }
        yield* sdk(() => dynamo.send(new PutItemCommand({ TableName: "Events", Item })))

        yield* faults.inject({ operation: "Query", after: 1, times: 1, effect: { kind: "throttle" } })
        const fresh = yield* environment.ask("/dynamodb?name=events")
        assert.strictEqual(fresh.text, JSON.stringify([...EVENTS, { at: 4 }].map(({ at }) => ({ at }))))

        for (const [name, effect] of Object.entries(FAULTS)) {
          const fault = yield* faults.inject({ operation: "Query", after: 1, effect })
          assert.strictEqual(yield* said(environment, `name=${name}`), `200 ${ALL_EVENTS}`)
          assert.isAbove(yield* fault.hits, 0, name)
          yield* faults.clear
        }
      }).pipe(Effect.scoped),
  )
})

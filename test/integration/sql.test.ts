/**
 * Results of SQL statements, read through the built extension from PostgreSQL behind the Data API of local AWS: the example's
 * own files, what the database refuses, and what a function sees while AWS or the database fails. A database is started in this
 * process, which then answers nothing for a moment, so each test runs alone.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readSeed } from "../../cli/seed/seedFile.ts"
import type { FaultEffect } from "../../local/aws/Faults.ts"
import { ALONE, onEachArtifact, STANDALONE, startEnvironment } from "../support/extension.ts"
import { ROOT } from "../docs/markdown.ts"

const FOLDER = path.join(ROOT, "example/sql")
const SEED = path.join(FOLDER, "seed.yaml")
const EXAMPLE = readFileSync(path.join(FOLDER, "config.yaml"), "utf8")

/** A value that no log and no response may show. */
const CANARY = "a canary of a row"

/** Further queries of the example's database. */
const queries = (statements: Readonly<Record<string, string>>): string =>
  `${EXAMPLE}${Object.entries(statements)
    .map(
      ([name, statement]) => `  - name: ${name}
    resource_arn: arn:aws:rds:eu-west-1:123456789012:cluster:shop
    secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf
    database: shop
    statement: ${JSON.stringify(statement)}
`,
    )
    .join("")}`

const REFUSED = queries({
  writing: "EXPLAIN (ANALYZE) INSERT INTO orders (id) VALUES (99)",
  hiding: "WITH new AS (INSERT INTO orders (id) VALUES (98) RETURNING id) SELECT * FROM new",
  mistaken: "SELECT * FROM ordres",
  twice: "SELECT id, state AS id FROM orders",
  large: "SELECT repeat('x', 1000) AS x FROM generate_series(1, 1100)",
  canary: `SELECT CAST('${CANARY}' || id AS integer) AS n FROM orders`,
  nothing: "SELECT id FROM orders WHERE id < 0",
  ids: "SELECT id FROM orders ORDER BY id",
})

const OPEN_ORDERS =
  '[{"id":1,"total":19.90,"placed_at":"2026-11-30 12:00:00","tags":["new","gift"]},' +
  '{"id":9007199254740993,"total":1250.00,"placed_at":"2026-11-30 12:30:00","tags":[]}]'

const NO_CACHE = { headers: { "cache-control": "no-cache" } }

const TRANSACTION = ["BeginTransaction", "ExecuteStatement", "ExecuteStatement", "RollbackTransaction"]

const error = (type: string, status: number, message = "why"): FaultEffect => ({
  kind: "error",
  type,
  status,
  message,
})

onEachArtifact("the result of a statement", (artifact) => {
  const start = (config: string, more: object = {}) =>
    Effect.flatMap(Effect.orDie(readSeed(SEED)), (seed) =>
      startEnvironment({ artifact, config, seed, ...more }),
    )

  it.live(
    "is loaded at start-up in a read-only transaction, with all its digits, and read from memory",
    () =>
      Effect.gen(function* () {
        const environment = yield* start(EXAMPLE, { preload: true })
        const { ask, aws, read } = environment
        const answer = yield* read("sql", "open-orders")
        assert.deepStrictEqual([answer.status, answer.text], [200, OPEN_ORDERS])
        assert.strictEqual(answer.headers["content-type"], "application/json")
        assert.match(String(answer.headers["cache-status"]), /^cache-extension; hit; ttl=\d+$/)
        assert.strictEqual((yield* read("sql", "revenue")).text, '[{"total":1275.40,"orders":3}]')
        assert.strictEqual((yield* ask("/sql?name=open-orders&json=/1/id")).text, "9007199254740993")
        const both = yield* ask("/sql?name=revenue&name=missing")
        assert.include(both.text, '"values":{"revenue":[{"total":1275.40,"orders":3}]}')
        assert.strictEqual((yield* read("sql", "missing")).status, 404)
        const calls = (yield* aws.calls.all).filter(({ service }) => service === "rds-data")
        assert.sameMembers(
          calls.map(({ operation }) => operation),
          [...TRANSACTION, ...TRANSACTION],
        )
        assert.strictEqual(new Set(calls.map(({ region }) => region)).size, 1)
      }),
    ALONE,
  )

  // What follows depends on no host, and takes a start of the database each time.
  if (artifact.name === STANDALONE)
    it.live(
      "is refused by the database if the statement writes, and whatever else goes wrong is said",
      () =>
        Effect.gen(function* () {
          const environment = yield* start(REFUSED)
          const { lines, read } = environment
          const said = (name: string) =>
            Effect.map(read("sql", name), ({ status, text }) => [status, text] as const)
          for (const name of ["writing", "hiding"]) {
            const [status, text] = yield* said(name)
            assert.strictEqual(status, 502)
            assert.match(text, /cannot execute (?:INSERT|SELECT) in a read-only transaction; SQLState: 25006/)
          }
          assert.strictEqual((yield* read("sql", "ids")).text, '[{"id":1},{"id":3},{"id":9007199254740993}]')
          const expected = [
            ["mistaken", 502, 'relation \\"ordres\\" does not exist'],
            ["twice", 502, 'the result has two columns called \\"id\\"'],
            ["large", 502, "the result is larger than the Data API returns (1 MiB)"],
            ["canary", 502, "invalid input syntax for type integer: …"],
            ["nothing", 200, "[]"],
          ] as const
          for (const [name, status, part] of expected) {
            const [found, text] = yield* said(name)
            assert.strictEqual(found, status, text)
            assert.include(text, part)
            assert.notInclude(text, CANARY)
          }
          assert.notInclude(lines().join("\n"), CANARY)
        }),
      ALONE,
    )
  else
    it.live(
      "outlasts Aurora's resuming, and is served while AWS fails",
      () =>
        Effect.gen(function* () {
          const variables = { CACHE_EXTENSION_TTL: "0s" }
          const config = `${queries({ ids: "SELECT id FROM orders ORDER BY id" })}cache: { forced_refresh_interval: 0s }\n`
          const { aws, read } = yield* start(config, { variables })
          /** The status of a read that asks AWS. */
          const under = Effect.fnUntraced(function* (effect: FaultEffect, condition: object = {}) {
            const fault = yield* aws.faults.inject({ service: "rds-data", effect, ...condition })
            const { status } = yield* read("sql", "ids", NO_CACHE)
            assert.isAbove(yield* fault.hits, 0)
            yield* fault.remove
            return status
          })
          const IDS = '[{"id":1},{"id":3},{"id":9007199254740993}]'
          // There is no old value yet: the call is repeated.
          assert.strictEqual(yield* under(error("DatabaseResumingException", 400), { times: 2 }), 200)
          const lost = { times: 1, operation: "ExecuteStatement" }
          assert.strictEqual(yield* under(error("TransactionNotFoundException", 404), lost), 200)
          const failures: ReadonlyArray<FaultEffect> = [
            error("DatabaseResumingException", 400),
            error("StatementTimeoutException", 400),
            error("InternalServerErrorException", 500),
            { kind: "throttle" },
            { kind: "wrongJson" },
            { kind: "emptyBody" },
            { kind: "body", body: '{"transactionId":"t","records":[[]]}' },
            { kind: "resetMid" },
            { kind: "page", status: 503 },
            error("AccessDeniedException", 403),
          ]
          for (const effect of failures) {
            assert.strictEqual(yield* under(effect), 200, JSON.stringify(effect))
            assert.strictEqual((yield* read("sql", "ids", NO_CACHE)).text, IDS)
          }
          assert.strictEqual(yield* under(error("DatabaseNotFoundException", 404)), 404)
        }),
      ALONE,
    )
})

/**
 * What config.yaml accepts as a statement under `sql`, and which parameters it finds in one.
 */
import { assert, describe, it } from "@effect/vitest"
import { parametersIn, statementFault } from "../../../src/kinds/sql/statement.ts"

const SECOND = "there is more than one statement in it"
const NONE = "there is no statement in it"

describe("a statement", () => {
  it.each([
    "SELECT 1",
    "select 1;",
    "SELECT 1; -- the end;",
    "SELECT 1 ; ; /* and; more */",
    "  \n SELECT ';' AS a, \"b;c\" FROM t\n",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "SELECT 'it''s; fine'",
    "SELECT E'it\\'s; fine'",
    "SELECT $$a; b$$, $tag$ $$; $tag$",
    "-- first; second\nSELECT 1",
    "SELECT `a;b` FROM t",
    "SHOW server_version",
    "WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a",
    "SELECT 1 AS settled",
    "(SELECT 1) UNION (SELECT 2)",
    "VALUES (1)",
    "TABLE updates",
  ])("may be %j, which the database then accepts or not", (text) => {
    assert.isUndefined(statementFault(text))
  })

  it.each<readonly [text: string, fault: string]>([
    ["SELECT 1; SELECT 2", SECOND],
    ["SELECT 1;DELETE FROM t", SECOND],
    ["SELECT 'a\\'; DELETE FROM t; --'", SECOND],
    ["SELECT 1 -- one\n; DELETE FROM t", SECOND],
    ["SELECT 1 /* one */; DELETE FROM t", SECOND],
    ["SELECT $a$ $b$ $a$; DELETE FROM t; SELECT $b$", SECOND],
    ["", NONE],
    [" ; ", NONE],
    ["-- SELECT 1", NONE],
    ["/* SELECT 1 */", NONE],
    ["SELECT '\0'", "there is a null character in it"],
    ["SELECT 1".padEnd(65_537), "it has 65537 characters; 65536 are allowed"],
    ["INSERT INTO t VALUES (1)", "it begins with INSERT, which writes"],
    ["-- tidy up\n delete from t", "it begins with DELETE, which writes"],
    ...[
      "COMMIT",
      "set transaction read write",
      "/* a */ Call p()",
      "DO $$ BEGIN END $$",
      "START TRANSACTION",
    ].map((text) => {
      const word = text.replace("/* a */ ", "").split(" ", 1).join().toUpperCase()
      return [text, `it begins with ${word}, which may end or change the read-only transaction`] as const
    }),
  ])("may not be %j: %s", (text, fault) => {
    assert.strictEqual(statementFault(text), fault)
  })
})

describe("the parameters of a statement", () => {
  it.each<readonly [text: string, names: ReadonlyArray<string>]>([
    ["SELECT :a, :b_2, :a", ["a", "b_2"]],
    ["SELECT a::text, :a::text", ["a"]],
    ["SELECT ':a', \":b\", $$:c$$ -- :d\n/* :e */, :f", ["f"]],
    ["SELECT a[1:2], time '12:30:00'", []],
    ["SELECT 1", []],
  ])("of %j are %j", (text, names) => {
    assert.deepStrictEqual(parametersIn(text), names)
  })
})

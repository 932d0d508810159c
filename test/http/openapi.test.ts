/**
 * The contract as a document: fresh, valid to those who know OpenAPI, complete against the code, and served as it is
 * committed. That the extension keeps to it is the matter of test/integration/contract.test.ts.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Validator } from "@seriousme/openapi-schema-validator"
import { Effect, Result } from "effect"
import { makeOpenApi } from "../../src/http/api/openapi.ts"
import { PROBLEMS, typeUri, type ProblemName } from "../../src/http/problems.ts"
import { parseQuery } from "../../src/http/query.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import { operations, parametersOf } from "../support/contract.ts"
import { askRoutes } from "../support/routes.ts"
import { skipped } from "../support/skipped.ts"

const COMMITTED = fileURLToPath(new URL("../../schema/openapi.json", import.meta.url))
const TEXT = readFileSync(COMMITTED, "utf8")

/** Python's validator; it reads the document from its standard input. */
const PYTHON = "import json, sys, openapi_spec_validator as v; v.validate(json.load(sys.stdin))"

const python = (document: unknown) =>
  spawnSync("python3", ["-c", PYTHON], { input: JSON.stringify(document), encoding: "utf8" })

const HAS_PYTHON = spawnSync("python3", ["-c", "import openapi_spec_validator"]).status === 0

const DOCUMENT = await makeOpenApi()

/** The document with a fault that a validator has to see. */
const broken = (): unknown => ({ ...DOCUMENT, paths: { "/health": { get: { responses: 1 } } } })

const isValid = (document: unknown) =>
  Effect.map(
    Effect.promise(() => new Validator().validate(document as Record<string, unknown>)),
    ({ errors, valid }) => ({ valid, errors }),
  )

describe("schema/openapi.json", () => {
  it("is what the contract in the code says (else: npm run generate)", () => {
    assert.deepStrictEqual(JSON.parse(TEXT), DOCUMENT)
  })

  it.effect("is valid OpenAPI 3.1 to an independent validator, which sees faults", () =>
    Effect.gen(function* () {
      assert.match(String(DOCUMENT["openapi"]), /^3\.1\./)
      assert.deepStrictEqual(yield* isValid(JSON.parse(TEXT)), { valid: true, errors: undefined })
      assert.isFalse((yield* isValid(broken())).valid)
    }),
  )

  it.skipIf(!HAS_PYTHON)(
    `is valid to Python's validator${skipped(!HAS_PYTHON, "where that is not installed")}`,
    () => {
      assert.deepInclude(python(JSON.parse(TEXT)), { status: 0, stderr: "" })
      assert.notStrictEqual(python(broken()).status, 0)
    },
    60_000,
  )

  it("has every type of problem", () => {
    const types = Object.keys(PROBLEMS)
      .filter((name) => name !== "not-ready")
      .map((name) => typeUri(name as ProblemName))
    assert.deepStrictEqual(
      types.filter((type) => !TEXT.includes(`"${type}"`)),
      [],
    )
  })

  it("describes every operation and everything that it takes", () => {
    for (const operation of operations) {
      assert.isString(operation.summary)
      for (const { description, name } of parametersOf(operation)) assert.isString(description, name)
    }
  })

  it.each(KINDS)("has the keys that the query of %s takes", (kind) => {
    const fault = Result.getFailure(parseQuery("read", kind, `/${kind}?none=1`))
    const [, allowed = ""] = /allowed: (.*)$/.exec(String(fault._tag === "Some" ? fault.value : "")) ?? []
    const read = operations.find(({ method, path }) => method === "GET" && path === `/${kind}`)
    assert.isDefined(read)
    assert.sameMembers(
      allowed.split(", ").map((key) => key.replace(/ \(.*/, "")),
      (read === undefined ? [] : parametersOf(read)).flatMap((one) => (one.in === "query" ? [one.name] : [])),
    )
  })

  it.effect("has the paths that there are", () =>
    Effect.gen(function* () {
      const ask = yield* askRoutes({})
      const { body } = yield* ask("/nowhere")
      const paths = new Set(operations.map(({ path }) => path))
      const listed = (JSON.parse(body) as { detail: string }).detail.match(/\/[a-z0-9.]+(?=[?,]|$)/g)
      assert.sameMembers([...paths], listed?.filter((path) => path !== "/nowhere") ?? [])
    }),
  )

  it.effect("has the methods that each path allows", () =>
    Effect.gen(function* () {
      const ask = yield* askRoutes({})
      for (const [path, item] of Map.groupBy(operations, ({ path }) => path)) {
        const { headers } = yield* ask(path, { method: "OPTIONS" })
        assert.sameMembers(
          headers.get("allow")?.split(", ") ?? [],
          item.map(({ method }) => method),
          path,
        )
      }
    }),
  )
})

describe("GET /openapi.json", () => {
  it.effect("is the committed document, to be asked for again only if it has changed", () =>
    Effect.gen(function* () {
      const ask = yield* askRoutes({})
      const first = yield* ask("/openapi.json")
      assert.strictEqual(first.status, 200)
      assert.strictEqual(first.headers.get("content-type"), "application/json")
      assert.deepStrictEqual(JSON.parse(first.body), JSON.parse(TEXT))

      const etag = first.headers.get("etag") ?? ""
      const again = yield* ask("/openapi.json", { headers: { "if-none-match": etag } })
      assert.deepStrictEqual([again.status, again.body, again.headers.get("etag")], [304, "", etag])
      const other = yield* ask("/openapi.json", { headers: { "if-none-match": '"other"' } })
      assert.strictEqual(other.status, 200)
    }),
  )
})

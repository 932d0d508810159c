/**
 * Parsing of parameter names, ARNs, selectors, secret references and paths.
 *
 * test/conformance has what callers see of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { isBelow, isValidPath, parseName, parseNewName } from "../../../local/aws/parameterNames.ts"

const Level = Schema.Literals(["app", "prod", "db_1", "a.b-c"])
const Levels = Schema.NonEmptyArray(Level)

describe("parameter names", () => {
  it.effect.prop("find again what was created under them", [Levels], ([levels]) =>
    Effect.sync(() => {
      const name = `/${levels.join("/")}`
      const read = Result.getOrThrow(parseName(`${name}:3`))
      assert.deepStrictEqual(read, {
        kind: "parameter",
        key: Result.getOrThrow(parseNewName(name)),
        asked: name,
        selector: "3",
      })
    }),
  )

  it.effect.prop("lie below each of their folders, and directly below the last", [Levels], ([levels]) =>
    Effect.sync(() => {
      const name = `/${levels.join("/")}`
      for (let depth = 1; depth < levels.length; depth++) {
        const folder = `/${levels.slice(0, depth).join("/")}`
        assert.isTrue(isBelow(name, folder, true))
        assert.strictEqual(isBelow(name, folder, false), depth === levels.length - 1)
        assert.isTrue(isBelow(name, `${folder}/`, true))
      }
      assert.isFalse(isBelow(name, name, true))
      assert.isTrue(isBelow(name, "/", true))
    }),
  )

  it("are read from an ARN, with its selector", () => {
    const arn = "arn:aws:ssm:us-west-2:123456789012:parameter/app/key"
    for (const [text, selector] of [
      [arn, undefined],
      [`${arn}:prod`, "prod"],
    ] as const) {
      assert.deepStrictEqual(Result.getOrThrow(parseName(text)), {
        kind: "parameter",
        key: "/app/key",
        asked: undefined,
        selector,
      })
    }
  })

  it("refer to secrets whose names have slashes, by version and stage", () => {
    const path = "/aws/reference/secretsmanager/db/main+1"
    assert.deepStrictEqual(Result.getOrThrow(parseName(`${path}:AWSPREVIOUS`)), {
      kind: "reference",
      path,
      secretId: "db/main+1",
      selector: "AWSPREVIOUS",
    })
  })

  it.each(["", "/", "a b", "a/b", "/a//b", "/a/", "name:", "name:a b", "name:1:2", "é"])(
    "are refused when malformed: %o",
    (name) => {
      assert.strictEqual(Result.getOrThrow(Result.flip(parseName(name))).type, "ValidationException")
    },
  )

  it.each([
    ["/aws/x", "AccessDeniedException"],
    ["AWSthing", "ValidationException"],
    ["ssm-x", "ValidationException"],
    ["a/b", "ValidationException"],
    [`/${Array.from({ length: 16 }, () => "x").join("/")}`, "HierarchyLevelLimitExceededException"],
  ])("of new parameters are refused where AWS reserves or limits them: %s", (name, type) => {
    assert.strictEqual(Result.getOrThrow(Result.flip(parseNewName(name))).type, type)
  })

  it("may be read below paths that begin with a slash and are well formed", () => {
    const valid = ["/", "/app", "/app/prod/", "/aws/service/x"]
    assert.deepStrictEqual(valid.filter(isValidPath), valid)
    const invalid = ["", "app", "//", "/a b", "/aws/reference/secretsmanager"]
    assert.deepStrictEqual(invalid.filter(isValidPath), [])
  })
})

/**
 * Patterns under `on_demand`: which names and paths they let through, and that others cost nothing.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { coversPath, matches } from "../../src/kinds/patterns.ts"
import { faultsOf, planOf } from "../support/configs.ts"

describe("a pattern of names", () => {
  it.each<readonly [string, string, boolean]>([
    ["/shop/prod/*", "/shop/prod/db", true],
    ["/shop/prod/*", "/shop/prod/db/host", true],
    ["/shop/prod/*", "/shop/prod/", true],
    ["/shop/prod/*", "/shop/prod", false],
    ["/shop/prod/*", "/shop/production/db", false],
    ["/shop/*/db", "/shop/prod/db", true],
    ["/shop/*/db", "/shop/prod/db/host", false],
    ["*", "anything", true],
    ["*", "", true],
    ["db", "db", true],
    ["db", "db2", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["*b*b*", "abcb", true],
    ["*b*b*", "abc", false],
    ["a.c", "abc", false],
  ])("%s against %s", (pattern, name, is) => {
    assert.strictEqual(matches(pattern, name), is)
  })

  it.prop(
    "matches what it becomes when each star becomes some text",
    { parts: Schema.Array(Schema.String), filling: Schema.String },
    ({ filling, parts }) => {
      const pattern = parts.map((part) => part.replaceAll("*", "")).join("*")
      assert.isTrue(
        matches(
          pattern,
          pattern.replaceAll("*", () => filling),
        ),
      )
    },
  )

  it("takes no long time for many stars", () => {
    assert.isFalse(matches("a*".repeat(1_000) + "b", "a".repeat(2_000)))
  })

  it.each<readonly [string, string, boolean]>([
    ["/shop/*", "/shop", true],
    ["/shop/*", "/shop/prod/", true],
    ["/shop/db*", "/shop", false],
    ["/shop/*/", "/shop/prod", false],
    ["/*", "/", false],
    ["*", "/", true],
  ])("%s covers the whole path %s: %o", (pattern, path, is) => {
    assert.strictEqual(coversPath([pattern], path), is)
  })
})

describe("on_demand with patterns", () => {
  const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf"
  const plan = planOf(`on_demand:
  allow: ["/shop/prod/*", "shop/*", "arn:aws:secretsmanager:*:secret:shop/*"]
parameters:
  - names: [N]
`)

  it.each(["/shop/prod/db", "/shop/prod/db:3", "/shop/prod/a/b:live", "N", "N:2"])(
    "finds the parameter %s",
    (name) => {
      assert.isDefined(plan.find("parameters", name))
    },
  )

  it.each([
    "/shop/test/db",
    "/shop/production",
    "M",
    "/shop/prod",
    "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/prod/db",
  ])("finds no parameter %s, whatever the version", (name) => {
    assert.isUndefined(plan.find("parameters", name))
    assert.isUndefined(plan.find("parameters", name, { version: "1" }))
  })

  it("finds secrets by name and ARN, and whole paths that a pattern covers", () => {
    assert.isDefined(plan.find("secrets", "shop/db", { versionStage: "AWSPREVIOUS" }))
    assert.isDefined(plan.find("secrets", SECRET))
    assert.isUndefined(plan.find("secrets", "other/db"))
    assert.isDefined(plan.findPath("parameters", "/shop/prod"))
    assert.isUndefined(plan.findPath("parameters", "/shop/"))
  })

  it("is refused if it is not a list of patterns", () => {
    const faults = [
      ...faultsOf("on_demand: { allow: /shop/* }"),
      ...faultsOf("on_demand: { allow: ['', ' a'], deny: [b] }"),
    ]
    assert.deepStrictEqual(faults, [
      'config.yaml:1:21: on_demand.allow: found "/shop/*"; allowed: a list of patterns of names',
      'config.yaml:1:22: on_demand.allow[0]: found ""; allowed: a pattern of names such as /shop/prod/* (it is empty)',
      'config.yaml:1:26: on_demand.allow[1]: found " a"; allowed: a pattern of names such as /shop/prod/* (there are blanks around it)',
      "config.yaml:1:33: on_demand.deny: found an unknown key; allowed: allow",
    ])
  })
})

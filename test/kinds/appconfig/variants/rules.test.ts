/**
 * The rules of variants, operator by operator as AWS documents them, and which of them come undecided.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readIon } from "../../../../src/kinds/appconfig/variants/ion.ts"
import { evaluate, isUndecided } from "../../../../src/kinds/appconfig/variants/rules.ts"

/** true, false, "absent", or what it depends on. */
const verdictOf = (rule: string, context: Readonly<Record<string, string>>): boolean | string => {
  const [node] = Result.getOrThrow(readIon(rule))
  if (node === undefined) return assert.fail("there is no rule")
  const verdict = evaluate(node, new Map(Object.entries(context)))
  return isUndecided(verdict) ? verdict.undecided.replace(/,.*/, "") : verdict
}

const MALFORMED = "an expression that AWS does not document"

describe("a rule", () => {
  it.each([
    ['(eq $state "Virginia")', { state: "Virginia" }, true],
    ['(eq $state "Virginia")', { state: "virginia" }, false],
    ["(eq $beta true)", { beta: "true" }, true],
    ["(eq $beta true)", { beta: "false" }, false],
    ["(eq $age 65)", { age: "65.0" }, true],
    ["(eq $id 9007199254740993)", { id: "9007199254740992" }, false],
    ["(gt $age 65)", { age: "66" }, true],
    ["(gt $age 65)", { age: "65" }, false],
    ["(gte $age 65)", { age: "65" }, true],
    ["(lt $age 6.5e1)", { age: "64.9" }, true],
    ["(lte $age 65)", { age: "66" }, false],
    ["(gt $now 2012-03-04T05:06:07-08:00)", { now: "2012-03-04T13:06:08Z" }, true],
    ['(begins_with $state "A")', { state: "Alaska" }, true],
    ['(ends_with $email "amazon.com")', { email: "a@example.com" }, false],
    ['(contains $promoCode "WIN")', { promoCode: "xWINx" }, true],
    ['(in $userId ["123", "456"])', { userId: "456" }, true],
    ['(in $userId ["123", "456"])', { userId: "789" }, false],
    ["(in $userId [123, 456])", { userId: "456" }, true],
    ['(exists key::"country")', { country: "" }, true],
    ['(exists key::"country")', {}, false],
    ['(not (eq $state "Virginia"))', { state: "Ohio" }, true],
    ['(and (eq $state "Virginia") (gt $age 65))', { state: "Virginia", age: "66" }, true],
    ['(and (eq $state "Virginia") (gt $age 65))', { state: "Virginia", age: "5" }, false],
    ['(or (eq $state "Virginia") (gt $age 65))', { state: "Ohio", age: "66" }, true],
    ['(or (eq $state "Virginia") (gt $age 65))', { age: "66" }, true],
    ['(or (eq $state "Virginia") (gt $age 65))', { state: "Ohio", age: "6" }, false],
    ["(split pct::100 by::$userId)", { userId: "1" }, true],
    ["(split pct::0 by::$userId)", { userId: "1" }, false],
    ["true", {}, true],
  ])("%s of %o is %s", (rule, context, expected) => {
    assert.strictEqual(verdictOf(rule, context), expected)
  })

  it.each([
    ['(eq $state "Virginia")', {}],
    ["(gt $age 65)", {}],
    ["(gt $age 65)", { age: "old" }],
    ["(eq $beta true)", { beta: "yes" }],
    ['(contains $state "a")', {}],
    ['(in $state ["a"])', {}],
    ['(and (eq $state "a") (split pct::10 by::$userId))', { userId: "1" }],
    ['(or (eq $state "a") (eq $other "b"))', {}],
    ['(split pct::10 by::$userId seed::"abc")', {}],
    ['(matches in::$greeting pattern::"h.*y")', {}],
  ])("%s of %o is never true: the context has no such value", (rule, context) => {
    assert.strictEqual(verdictOf(rule, context), "absent")
  })

  it.each([
    ['(split pct::10 by::$userId seed::"abc")', { userId: "1" }, "split"],
    ['(matches in::$greeting pattern::"h.*y")', { greeting: "hey" }, "matches"],
    ['(not (eq $state "Virginia"))', {}, "not"],
    ['(gt $state "Virginia")', { state: "Ohio" }, "an order of texts"],
    ["(gt $now 2024-01T)", { now: "2024-02-01T00:00:00Z" }, "a date without a time and a zone"],
    ['(like $state "a")', { state: "a" }, MALFORMED],
    ["(eq $a $b)", { a: "1", b: "1" }, MALFORMED],
    ['(eq "a" "a")', {}, MALFORMED],
    ["(eq $a)", { a: "1" }, MALFORMED],
    ["(contains $a 1)", { a: "1" }, MALFORMED],
    ["(and)", {}, MALFORMED],
    ["(not)", {}, MALFORMED],
    ["()", {}, MALFORMED],
    ["$a", { a: "true" }, MALFORMED],
    ["(exists key::$a)", { a: "1" }, MALFORMED],
    ["(constructor $a)", { a: "1" }, MALFORMED],
  ])("%s of %o is undecided, because of %s", (rule, context, why) => {
    assert.strictEqual(verdictOf(rule, context), why)
  })

  it.each([
    ['(and (eq $group "Tier1") (split by::$userId pct::1))', { group: "Tier3", userId: "1" }, false],
    ["(and (split by::$userId pct::1) false)", { userId: "1" }, false],
    ["(or (split by::$userId pct::1) true)", { userId: "1" }, true],
    ["(or (split by::$userId pct::1) false)", { userId: "1" }, "split"],
    ["(and (split by::$userId pct::1) true)", { userId: "1" }, "split"],
    ["(not (split by::$userId pct::1))", { userId: "1" }, "split"],
  ])(
    "%s of %o is %s: what is undecided matters only if the rest leaves it open",
    (rule, context, expected) => {
      assert.strictEqual(verdictOf(rule, context), expected)
    },
  )
})

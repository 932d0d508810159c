/**
 * The mistakes that `npm run mutate` makes, by operator, and which tests it finds for a file. That it also runs the
 * tests is seen by running it.
 */
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import path from "node:path"
import {
  applied,
  type Equivalent,
  flat,
  isSame,
  type Mutant,
  mutantsOf,
  sampleOf,
} from "../../scripts/mutate/mutants.ts"
import { readImporters, testsOf } from "../../scripts/mutate/related.ts"
import { EQUIVALENT } from "../mutation/equivalent.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")

const mutatedBy = (source: string, operator?: string): ReadonlyArray<string> =>
  mutantsOf("a.ts", source)
    .filter((mutant) => operator === undefined || mutant.operator === operator)
    .map((mutant) => flat(applied(source, mutant)))

const isOfTrue = ({ before }: Mutant): boolean => before === "true"

describe("a mutant", () => {
  it.each([
    ["condition", "if (a) b()", ["if (true) b()", "if (false) b()"]],
    ["condition", "x = a ? b : c", ["x = (b)", "x = (c)"]],
    ["operator", "x = a === b", ["x = a !== b"]],
    ["operator", "x = a < b", ["x = a <= b", "x = a >= b"]],
    ["operator", "x = a && b", ["x = (a || b)", "x = (a)", "x = (b)"]],
    ["operator", "x = a ?? b", ["x = (a)", "x = (b)"]],
    ["operator", "x = a + b", ["x = a - b"]],
    ["operator", "x = (a + b) / c", ["x = (a + b) * c", "x = (a - b) / c"]],
    ["operator", "x += a", ["x -= a"]],
    ["sign", "x = !a", ["x = (a)"]],
    ["sign", "x++", ["x--"]],
    ["literal", "x = true", ["x = false"]],
    ["literal", "x = 5", ["x = 6", "x = 4"]],
    ["literal", 'x = "a"', ['x = ""']],
    ["literal", "x = `a${b}`", ['x = ""']],
    ["literal", "x = /^a$/u", ["x = /a$/u", "x = /^a/u"]],
    ["statement removed", "a()", ["{}"]],
    ["body removed", "f = () => a", ["f = () => undefined"]],
    ["body removed", "f = () => { a() }", ["f = () => {}"]],
    ["member removed", "x = { a, ...b }", ["x = { ...b }", "x = { a }"]],
    ["member removed", "x = [a, b]", ["x = [b]", "x = [a]"]],
    ["?. and defaults", "x = a?.b", ["x = a.b"]],
    ["?. and defaults", "x = a?.[b]", ["x = a[b]"]],
    ["?. and defaults", "f = (a = b) => {}", ["f = (a) => {}"]],
    ["call", "x = a.pipe(b, c)", ["x = a.pipe(c)", "x = a.pipe(b)"]],
    ["call", "x = Effect.ensuring(a, b)", ["x = a"]],
    ["call", "x = Effect.andThen(a, b)", ["x = a", "x = b"]],
    ["call", "x = a.filter(b)", ["x = a"]],
    ["call", "x = Math.min(a, b)", ["x = Math.max(a, b)"]],
  ])("by %s of `%s`", (operator, source, expected) => {
    assert.deepStrictEqual(mutatedBy(source, operator), expected)
  })

  it("is one of what runs: not of types, imports, names of services and spans, or keys", () => {
    const source = [
      'import a from "a"',
      "type T = { readonly a: 1 | true }",
      'class S extends Service<S>()("a/S") {}',
      'const { a: b } = Effect.fn("S.a")',
    ].join("\n")
    assert.deepStrictEqual(mutatedBy(source), [])
  })

  it("says where it is and what its line was", () => {
    const mutant = mutantsOf("a.ts", "// One.\n  x = true\n").find(isOfTrue)
    assert.include(mutant, { line: 2, text: "x = true", before: "true", after: "false" })
  })

  it("of a sample is drawn again by the same seed, and another one by another", () => {
    const mutants = mutantsOf("a.ts", "x = [1, 2, 3, 4, 5, 6, 7, 8, 9]")
    assert.lengthOf(sampleOf(mutants, 5, 1), 5)
    assert.deepStrictEqual(sampleOf(mutants, 5, 1), sampleOf(mutants, 5, 1))
    assert.notDeepEqual(sampleOf(mutants, 5, 1), sampleOf(mutants, 5, 2))
  })
})

describe("an equivalent mutant", () => {
  it("is known by its line's text, wherever that line is", () => {
    const mutant = mutantsOf("a.ts", "\n\nx = true").find(isOfTrue)
    if (mutant === undefined) return assert.fail("no mutant")
    const known: Equivalent = { file: "a.ts", text: "x = true", before: "true", after: "false", why: "-" }
    assert.isTrue(isSame(known, mutant))
    assert.isFalse(isSame({ ...known, file: "b.ts" }, mutant))
    assert.isFalse(isSame({ ...known, after: "" }, mutant))
  })

  it("has a reason, and a file that is there", () => {
    for (const { file, text, why } of EQUIVALENT) {
      assert.isTrue(existsSync(path.join(ROOT, file)), file)
      assert.match(why, /\w+ \w+/, text)
    }
  })
})

describe("the tests of a file", () => {
  it("are those that import it, also through others, but none of documents and of other programs", () => {
    const tests = testsOf(readImporters(), "src/cache/Slot.ts")
    assert.includeMembers([...tests], ["test/cache/Slot.test.ts", "test/cache/Cache.test.ts"])
    assert.notInclude(tests, "test/config/go/GoDuration.test.ts")
    assert.isFalse(tests.some((test) => /^test\/(?:docs|integration|local)\//.test(test)))
  })
})

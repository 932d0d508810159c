/**
 * Configurations with variants: AWS's own samples, whose variant a context selects, and texts of another form.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parse } from "../../../../src/kinds/appconfig/variants/flags.ts"
import { DISPLAYS, TIERED } from "../../../support/flagVariants.ts"

/** The name of the variant that is selected, or why none is. */
const select = (text: string, flag: string, context?: string): string =>
  Result.match(
    Result.flatMap(parse(text), (document) => document.select(flag, context)),
    {
      onSuccess: (json) => String(JSON.parse(json ?? '{"_variant":"no such flag"}')._variant),
      onFailure: (fault) => fault,
    },
  )

const SPLIT = "depends on split, for which AWS does not document the hash, so it comes unevaluated"

describe("a configuration with variants", () => {
  it.each([
    ["tiered_release", undefined, "HideFeature"],
    ["tiered_release", "group=Tier3, userId=7", "HideFeature"],
    ["tiered_release", "userId=7", "HideFeature"],
    ["tiered_release", "group=Tier1", "HideFeature"],
    [
      "tiered_release",
      "group=Tier1, userId=7",
      `the rule of variant 1 of the flag "tiered_release" ${SPLIT}`,
    ],
    ["other", undefined, "no such flag"],
  ])("AWS's sample of a tiered release: %s of %s is %s", (flag, context, expected) => {
    assert.strictEqual(select(TIERED, flag, context), expected)
  })

  it.each([
    ["colorway", "userId=beta-1", "BetaTesters"],
    ["colorway", undefined, "default"],
    ["colorway", "userId=1", `the rule of variant 2 of the flag "colorway" ${SPLIT}`],
    ["simple_feature", "userId=1", "default"],
    ["simple_feature", "userId=a,beta,b", "BetaTesters"],
    ["simple_feature", "user=x,userId = beta ", "BetaTesters"],
    ["button_color", "userId=1", "undefined"],
  ])("AWS's sample of displays: %s of %s is %s", (flag, context, expected) => {
    assert.strictEqual(select(DISPLAYS, flag, context), expected)
  })

  it("names its flags in their order", () => {
    assert.deepStrictEqual(Result.getOrThrow(parse(DISPLAYS)).names, [
      "colorway",
      "simple_feature",
      "button_color",
    ])
    assert.deepStrictEqual(Result.getOrThrow(parse(`$ion_1_0 ${TIERED}`)).names, ["tiered_release"])
  })

  it("reads UTF-8 in the context, whose bytes arrive as Latin-1", () => {
    const flag = `a::[[(eq $name "José"), '''{"_variant":"found"}'''], '''{"_variant":"default"}''']`
    const bytes = Buffer.from("name=José").toString("latin1")
    for (const context of [bytes, "name=José"]) assert.strictEqual(select(flag, "a", context), "found")
  })

  it.each([
    ["'''{}'''", "a value is not a flag's"],
    ["a::1", 'the flag "a" has another form'],
    ["a::'''{'''", 'the flag "a" has another form'],
    ["a::[]", 'the flag "a" has another form'],
    ["a::[[true]]", 'the flag "a" has another form'],
    ["a::[[false, '''{}''']]", 'the flag "a" has no default variant'],
    ['{"a":{"enabled":true}}', "no value begins at character 0"],
  ])("%s is refused: %s", (text, fault) => {
    assert.strictEqual(select(text, "a"), fault)
  })
})

/**
 * config.yaml as the original's parser read it: what gopkg.in/yaml reads is read the same, or refused on purpose. Asking Go itself is
 * skipped where it or its modules are not there.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { readFileSync } from "node:fs"
import path from "node:path"
import { parseYaml } from "../../src/config/yaml/parseYaml.ts"
import { reflow } from "../../src/config/yaml/reflow.ts"
import { askGo, hasGoYaml, ourReading } from "./goYaml.ts"
import { faultsOf } from "../support/configs.ts"
import { REFUSED, SPELLINGS, spellingOf } from "./yamlSpellings.ts"
import { skipped } from "../support/skipped.ts"

const MEANT = '[[{"region":"r","names":["A","B"]}],[]]'
const GENERATED = 3_000
const COMPILE_BUDGET = 180_000

describe("config.yaml", () => {
  it.each(SPELLINGS)("may be written with %s, as for the original", (_, text) => {
    assert.strictEqual(ourReading(text), MEANT)
  })

  it.each(REFUSED)("is refused with %s, though the original's parser reads it", (_, text, allowed) => {
    const [fault] = Result.match(parseYaml(text), { onSuccess: () => [], onFailure: (faults) => faults })
    assert.match(fault?.allowed ?? "accepted", new RegExp(`^${allowed}`))
  })

  it("lists in its documents what is refused on purpose", () => {
    const page = readFileSync(path.resolve(import.meta.dirname, "../../docs/configuration.md"), "utf8")
    for (const allowed of ["one document", "each key once", "no tag: every value is read as it is written"])
      assert.include(page, `allowed: ${allowed}`)
  })

  it("has its faults at their places, also behind lines that were moved", () => {
    const text = "parameters: [{\nregion: r1,\nnames: [\nA,\n'b c'\n]\n}]\n"
    assert.deepStrictEqual(
      faultsOf(text).map((line) => line.split(": found")[0]),
      ["config.yaml:2:9: parameters[0].region", "config.yaml:5:1: parameters[0].names[1]"],
    )
    assert.match(
      faultsOf("parameters: [{\nnames: [\nA\n],\ncolour: red\n}]\n")[0] ?? "",
      /^config.yaml:5:1: parameters\[0\].colour/,
    )
  })

  it("holds nothing where a key has no value, in brackets too", () => {
    assert.match(
      faultsOf("parameters: [{names: [A], region}]\n")[0] ?? "accepted",
      /parameters\[0\].region: found nothing; allowed: a region/,
    )
  })

  it("means the same where its lines are moved although nothing asks for it", () => {
    const texts = Array.from({ length: 300 }, (_, seed) => spellingOf(seed + 1)).filter(
      (text) => ourReading(text) !== undefined,
    )
    assert.isAbove(texts.length, 100)
    assert.deepStrictEqual(
      texts.map((text) => ourReading(reflow(text).text)),
      texts.map(ourReading),
    )
  })

  it("is read in one pass, however long its lines are", () => {
    const brackets = `x: [${"a, 'b', ".repeat(100_000)}]# c\n`
    assert.strictEqual(reflow(brackets).text, brackets.replace("]#", "] #"))
  })
})

const isSkipped = !hasGoYaml()
const because = skipped(isSkipped, "where go or gopkg.in/yaml is not there")

describe.skipIf(isSkipped)(`beside Go's YAML${because}`, () => {
  it.effect(
    "reads what both of its versions read alike, as they do",
    () =>
      Effect.sync(() => {
        const texts = [
          ...SPELLINGS.map(([, text]) => text),
          ...Array.from({ length: GENERATED }, (_, seed) => spellingOf(seed + 1)),
        ]
        const answers = askGo(texts)
        const differences = texts.flatMap((text, index) => {
          const { v2, v3 } = answers[index] ?? { v2: undefined, v3: undefined }
          const isAgreed = v2 !== undefined && v2 === v3
          const ours = isAgreed ? ourReading(text) : undefined
          return isAgreed && ours !== v2 ? [{ text, go: v2, ours }] : []
        })
        assert.deepStrictEqual(differences.slice(0, 5), [])
        const read = answers.filter(({ v3 }) => v3 !== undefined).length
        assert.isAbove(read, GENERATED / 2, "the generator makes YAML")
      }),
    COMPILE_BUDGET,
  )

  it.effect(
    "is refused on purpose only what Go reads",
    () =>
      Effect.sync(() => {
        const answers = askGo(REFUSED.map(([, text]) => text))
        assert.deepStrictEqual(
          answers.map(({ v2 }) => v2 !== undefined),
          REFUSED.map(() => true),
        )
      }),
    COMPILE_BUDGET,
  )
})

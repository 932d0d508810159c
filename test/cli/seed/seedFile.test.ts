/**
 * Seed files as a person writes them: faults with their places, scalars as written, JSON with its types, and the JSON Schema.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { makeSeedSchema } from "../../../cli/seed/seedFields.ts"
import { parseSeed, readSeed } from "../../../cli/seed/seedFile.ts"
import { folderOf } from "../../support/lambda.ts"

const COMMITTED_SCHEMA = path.join(import.meta.dirname, "../../../schema/seed.schema.json")

/** Broken seeds, each with the faults that are to be reported. */
const BROKEN: ReadonlyArray<{
  readonly what: string
  readonly text: string
  readonly faults: ReadonlyArray<string>
}> = [
  {
    what: "a misspelt key",
    text: "parameters:\n  - { name: a, valeu: b }\n",
    faults: [
      "2:5: parameters[0].value: found nothing; allowed: a text that is not empty",
      '2:16: parameters[0].valeu: found an unknown key (did you mean "value"?); allowed: name, value, type, labels, region',
    ],
  },
  {
    what: "a secret without content, and one with two",
    text: "secrets:\n  - name: a\n  - { name: b, value: x, json: {} }\n",
    faults: [
      "2:5: secrets[0]: found none of them; allowed: one of the keys value, json, binary",
      "3:5: secrets[1]: found value and json; allowed: one of the keys value, json, binary",
    ],
  },
  {
    what: "bytes that are not base64",
    text: "secrets:\n  - { name: a, binary: no base64 }\n",
    faults: ['2:24: secrets[0].binary: found "no base64"; allowed: bytes in base64'],
  },
  {
    what: "items without their key",
    text: "tables:\n  - name: T\n    hashKey: { name: id, type: N }\n    items:\n      - { id: 7 }\n      - { id: text }\n      - { ID: 7 }\n      - 7\n",
    faults: [
      "6:15: tables[0].items[1].id: found an attribute of type S; allowed: the key attribute, of type N",
      "7:9: tables[0].items[2].id: found nothing; allowed: the key attribute, of type N",
      "8:9: tables[0].items[3]: found no mapping; allowed: an item: a mapping of attributes",
    ],
  },
  {
    what: "the same name twice in a region",
    text: "parameters:\n  - { name: a, value: b }\n  - { name: a, value: c }\n  - { name: a, value: d, region: eu-west-1 }\n",
    faults: [
      '3:5: parameters[1]: found "a" a second time (first in line 2); allowed: each name once per region',
    ],
  },
  {
    what: "YAML that does not end",
    text: "parameters: [\n",
    faults: ["2:1: syntax: found the end of the file; allowed: YAML"],
  },
  {
    what: "an unknown section and region",
    text: "region: nowhere\nparameter: []\n",
    faults: [
      '1:9: region: found "nowhere"; allowed: ',
      '2:1: parameter: found an unknown key (did you mean "parameters"?)',
    ],
  },
]

describe("a seed file", () => {
  it.each(BROKEN)("with $what is refused with a line for each fault, and its place", ({ faults, text }) => {
    const read = parseSeed("seed.yaml", text)
    assert.isTrue(Result.isFailure(read))
    if (!Result.isFailure(read)) return
    const lines = read.failure.message.split("\n")
    assert.strictEqual(lines.length, faults.length, read.failure.message)
    for (const [index, fault] of faults.entries()) assert.include(lines[index], `seed.yaml:${fault}`)
  })

  it("may be empty, or have empty sections", () => {
    for (const text of ["", "# nothing yet\n", "parameters:\nsecrets: ~\n"]) {
      assert.deepStrictEqual(parseSeed("seed.yaml", text), Result.succeed({}), text)
    }
  })

  it("takes scalars as written, and JSON with its types", () => {
    const text =
      "parameters:\n  - { name: port, value: 08080 }\n" +
      "secrets:\n  - { name: db, json: { port: 5432, tls: true, extra: null } }\n" +
      "appconfig:\n  - { application: a, environment: b, profile: c, json: [1, x] }\n"
    const seed = Result.getOrThrow(parseSeed("seed.yaml", text))
    assert.strictEqual(seed.parameters?.[0]?.value, "08080")
    assert.deepStrictEqual(seed.secrets?.[0]?.json, { port: 5432, tls: true, extra: null })
    assert.deepStrictEqual(seed.appconfig?.[0]?.json, [1, "x"])
  })

  it("has a JSON Schema for editors that is that of the code (else: npm run generate)", () => {
    assert.deepStrictEqual(JSON.parse(readFileSync(COMMITTED_SCHEMA, "utf8")), makeSeedSchema())
  })

  it.effect("that cannot be read is named, with the reason", () =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(readSeed("/nowhere/seed.yaml"))
      assert.include(missing.message, "/nowhere/seed.yaml: the file: found nothing at this path")
      const folder = yield* folderOf({})
      assert.include((yield* Effect.flip(readSeed(folder))).message, "found a directory")
    }),
  )
})

/**
 * The samples that `dev` makes from config.yaml: local AWS takes them, and every item and query finds something.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import { sampleSeed } from "../../../cli/dev/sampleSeed.ts"
import { OPERATORS } from "../../../src/kinds/dynamodb/address.ts"
import { Sources } from "../../../src/sources/Sources.ts"
import { REGION } from "../../support/aws.ts"
import { planOf } from "../../support/configs.ts"
import { bodyOf } from "../../support/entries.ts"
import { onLocalAws } from "../../support/localSources.ts"

const VALUES = { S: "m", N: "5", B: "AQI=" } as const

/** A query of each condition, for a sort key of each type, of a table or of an index. */
const queries = (place: string, index: string) =>
  Object.entries(VALUES).flatMap(([type, value]) =>
    OPERATORS.filter((operator) => type !== "N" || operator !== "begins_with").map(
      (operator) =>
        `  - { name: "${place} ${type} ${operator}", table: ${place}${type}, hashkey: h, hashkeytype: S, hashkeyvalue: "1", ` +
        `sortkey: s, sortkeytype: ${type}, sortkeyvalue: "${value}", ` +
        `query: { condition: "${operator}"${operator === "between" ? `, to: "${value}"` : ""}${index} } }`,
    ),
  )

const CONFIG = `dynamodb:
${[...queries("Tab", ""), ...queries("Indexed", ", index: byS")].join("\n")}
  - { name: all, table: TabS, hashkey: h, hashkeytype: S, hashkeyvalue: "2", query: {} }
  - { table: IndexedS, hashkey: id, hashkeytype: N, hashkeyvalue: 7 }
  - { name: part, table: IndexedS, hashkey: id, hashkeytype: N, hashkeyvalue: 7, attributes: [Data] }
`

describe("the samples for a config.yaml", () => {
  it.live("have something for every item and every query", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      const sources = yield* Sources
      const plan = planOf(CONFIG, { region: REGION })
      yield* seedFrom(endpoint, { region: REGION, ...sampleSeed(plan) })
      const empty = yield* Effect.forEach(
        plan.entries.values(),
        ({ address, name }) =>
          Effect.map(sources.fetch(address), (value) =>
            String(bodyOf(value)).includes("sample of") ? [] : [name],
          ),
        { concurrency: "unbounded" },
      )
      assert.isAbove(plan.entries.size, 40)
      assert.deepStrictEqual(empty.flat(), [])
    }).pipe(onLocalAws),
  )
})

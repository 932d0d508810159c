/**
 * Local AWS has what the kinds of src/kinds read: a value of each can be seeded and is what the kind's own source gets, and
 * the demo's seed has everything that its config.yaml lists. A new kind is a type error here until it has a row.
 */
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom, type Seed } from "../../../local/aws/seed.ts"
import { readSeed } from "../../../cli/seed/seedFile.ts"
import type { Kind } from "../../../src/domain/Address.ts"
import { KINDS } from "../../../src/kinds/kinds.ts"
import { Sources } from "../../../src/sources/Sources.ts"
import { ROOT, textOf } from "../../docs/markdown.ts"
import { REGION } from "../../support/aws.ts"
import { entriesOf } from "../../support/configs.ts"
import { bodyOf } from "../../support/entries.ts"
import { onLocalAws } from "../../support/localSources.ts"

interface Sample {
  /** The items of its section in config.yaml. */
  readonly listed: string
  readonly seed: Seed
  readonly value: string
}

const SAMPLES: { readonly [K in Kind]: Sample | "not in AWS" } = {
  parameters: {
    listed: "[{ names: [A] }]",
    seed: { parameters: [{ name: "A", value: "a parameter" }] },
    value: "a parameter",
  },
  secrets: {
    listed: "[{ names: [S] }]",
    seed: { secrets: [{ name: "S", value: "a secret" }] },
    value: "a secret",
  },
  dynamodb: {
    listed: "[{ table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }]",
    seed: { tables: [{ name: "Things", hashKey: { name: "id" }, items: [{ id: "one" }] }] },
    value: '{"id":"one"}',
  },
  appconfig: {
    listed: "[{ application: shop, environment: prod, profile: flags }]",
    seed: {
      appconfig: [{ application: "shop", environment: "prod", profile: "flags", content: "a configuration" }],
    },
    value: "a configuration",
  },
  s3: {
    listed: "[{ bucket: shop-data, key: rates.csv }]",
    seed: { objects: [{ bucket: "shop-data", key: "rates.csv", content: "an object" }] },
    value: "an object",
  },
  sql: {
    listed: `[{
      name: things,
      resource_arn: arn:aws:rds:${REGION}:123456789012:cluster:shop,
      secret_arn: arn:aws:secretsmanager:${REGION}:123456789012:secret:db-AbCdEf,
      database: shop,
      statement: SELECT * FROM things
    }]`,
    seed: {
      databases: [
        {
          cluster: "shop",
          name: "shop",
          sql: "CREATE TABLE things (id text); INSERT INTO things VALUES ('one')",
        },
      ],
    },
    value: '[{"id":"one"}]',
  },
  http: "not in AWS",
}

/** Not in the demo, nor in the stack of sam/. */
const NOT_IN_DEMO: ReadonlySet<Kind> = new Set(["appconfig", "s3", "sql"])

/** What the sources get for everything that a config.yaml lists, from an AWS with this seed. */
const valuesOf = Effect.fnUntraced(function* (config: string, seed: Seed) {
  const { endpoint } = yield* AwsEmulator
  const sources = yield* Sources
  yield* seedFrom(endpoint, { region: REGION, ...seed })
  return yield* Effect.forEach(entriesOf(config, { region: REGION }), ({ address }) =>
    Effect.map(sources.fetch(address), (value) => ({ kind: address.kind, body: bodyOf(value) })),
  )
})

describe("local AWS", () => {
  it.live.each(KINDS)("can be seeded with what the section %s lists", (kind) =>
    Effect.gen(function* () {
      const sample = SAMPLES[kind]
      if (sample === "not in AWS") return
      const values = yield* valuesOf(`${kind}: ${sample.listed}\n`, sample.seed)
      assert.deepStrictEqual(values, [{ kind, body: sample.value }])
    }).pipe(onLocalAws),
  )

  it.live("has everything that the demo's config.yaml lists, and something of each kind", () =>
    Effect.gen(function* () {
      const seed = yield* readSeed(path.join(ROOT, "example/seed.yaml"))
      const values = yield* valuesOf(textOf("example/config.yaml"), seed)
      const inDemo = KINDS.filter((kind) => SAMPLES[kind] !== "not in AWS" && !NOT_IN_DEMO.has(kind))
      assert.deepStrictEqual(new Set(values.map(({ kind }) => kind)), new Set(inDemo))
    }).pipe(onLocalAws),
  )
})

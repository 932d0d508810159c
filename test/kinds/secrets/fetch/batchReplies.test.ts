/**
 * Replies of BatchGetSecretValue in any order, with any gaps, for secrets whose names may be taken for one another.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"
import { matchSecrets } from "../../../../src/kinds/secrets/fetch/match.ts"

const CURRENT = "AWSCURRENT"

const arnOf = (name: string, suffix = "AbCdEf") =>
  `arn:aws:secretsmanager:us-west-2:123456789012:secret:${name}-${suffix}`

/** Secrets whose names and suffixes may be taken for one another. */
const SECRETS = [
  { name: "s", suffix: "AbCdEf" },
  { name: "s-AbCdEf", suffix: "GhIjKl" },
  { name: "s-AbCdEf-GhIjKl", suffix: "MnOpQr" },
  { name: "t", suffix: "AbCdEf" },
]
const IDS = SECRETS.flatMap(({ name, suffix }) => [
  name,
  arnOf(name, suffix),
  arnOf(name, suffix).slice(0, -7),
])

const World = Schema.Struct({
  ids: Schema.Array(Schema.Literals(IDS)),
  order: Schema.Array(Schema.Int),
  isMissing: Schema.Array(Schema.Boolean),
})

/** The secret that an id names: by its name, by its whole ARN before any other's partial one. */
const truth = (id: string) =>
  SECRETS.find(({ name }) => name === id) ??
  SECRETS.find(({ name, suffix }) => arnOf(name, suffix) === id) ??
  SECRETS.find(({ name, suffix }) => arnOf(name, suffix).slice(0, -7) === id)

const play = ({ ids, isMissing, order }: typeof World.Type) => {
  const meant = [...new Set(ids.map(truth))].filter((secret) => secret !== undefined)
  const replies = meant
    .filter((_, index) => isMissing[index] !== true)
    .map((secret, index) => [order[index] ?? 0, secret] as const)
    .toSorted(([left], [right]) => left - right)
    .map(([, { name, suffix }]) => ({ Name: name, ARN: arnOf(name, suffix), SecretString: name }))
  return matchSecrets(ids, CURRENT, replies, [])
}

describe("a reply of BatchGetSecretValue", () => {
  it.prop(
    "never answers for another secret than was asked for",
    [Arbitrary.schema(World)],
    ([world]) => {
      play(world).forEach((match, index) => {
        if (match.kind !== "alone") assert.deepInclude(match, { kind: "answer" })
        if (match.kind === "answer")
          assert.strictEqual(match.secret.Name, truth(world.ids[index] ?? "")?.name)
      })
    },
    { arbitrary: { runs: 2_000 } },
  )

  it.prop(
    "leaves nothing open where it is whole and no name looks like an ARN's end",
    [Arbitrary.schema(World)],
    ([world]) => {
      const ids = world.ids.filter((id) => !/-[A-Za-z0-9]{6}$/.test(id) || id.endsWith(":secret:t-AbCdEf"))
      assert.notInclude(
        play({ ...world, ids, isMissing: [] }).map(({ kind }) => kind),
        "alone",
      )
    },
  )
})

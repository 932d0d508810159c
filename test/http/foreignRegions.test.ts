/**
 * ARNs of regions that config.yaml does not allow, asked for on demand: an answer that names the key, without a call.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Plan } from "../../src/config/Plan.ts"
import { text } from "../support/entries.ts"
import { planOf } from "../support/configs.ts"
import { askRoutes } from "../support/routes.ts"

const parameterIn = (region: string) => `arn:aws:ssm:${region}:123456789012:parameter/A`
const secretIn = (region: string) => `arn:aws:secretsmanager:${region}:123456789012:secret:db-AbCdEf`

/** The function is in Ireland. */
const CONFIG = `
on_demand: allow
regions: [ap-south-1]
parameters: [{region: us-west-2, names: [A], paths: [/app/]}]
secrets: [{names: ["${secretIn("eu-central-1")}"]}]
`

/** The routes over a cache that notes in which regions it is asked. */
const setup = Effect.gen(function* () {
  const regions: Array<string> = []
  const ask = yield* askRoutes(
    {
      read: ({ address }) =>
        Effect.sync(() => {
          regions.push(address.region)
          return { value: text("value"), age: 0, outcome: "hit" }
        }),
    },
    Layer.succeed(Plan, planOf(CONFIG)),
  )
  return { ask, regions }
})

describe("an ARN that is not listed", () => {
  it.effect.each(["eu-west-1", "us-west-2", "eu-central-1", "ap-south-1"])(
    "is asked for in the function's region, in one of a section, and in one of regions: %s",
    (region) =>
      Effect.gen(function* () {
        const { ask, regions } = yield* setup
        assert.strictEqual((yield* ask(`/parameters?name=${parameterIn(region)}`)).status, 200)
        assert.strictEqual(
          (yield* ask(`/secrets?name=${secretIn(region)}&versionStage=AWSPREVIOUS`)).status,
          200,
        )
        assert.deepStrictEqual(regions, [region, region])
      }),
  )

  it.effect("of any other region is 404 without a call, however many are invented", () =>
    Effect.gen(function* () {
      const { ask, regions } = yield* setup
      for (let index = 0; index < 100; index += 1) {
        const region = `us-invented${String.fromCharCode(97 + (index % 26))}-${index % 90}`
        for (const url of [
          `/parameters?name=${parameterIn(region)}`,
          `/parameters?name=${parameterIn(region)}:3`,
          `/parameters?name=${parameterIn(region)}&label=prod`,
          `/secrets?name=${secretIn(region)}`,
        ]) {
          const { body, status } = yield* ask(url)
          assert.strictEqual(status, 404, url)
          const words = `is not listed in config.yaml, and its region ${region} is none of eu-west-1, us-west-2, eu-central-1, ap-south-1; the key regions in config.yaml allows further ones`
          assert.include(JSON.stringify(body), words)
        }
      }
      assert.deepStrictEqual(regions, [])
    }),
  )
})

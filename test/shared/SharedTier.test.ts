/**
 * The shared tier of a plan, as a function's environments have it: real SDK, local AWS, one cache for each environment.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { AwsClients } from "../../src/aws/AwsClients.ts"
import { Cache } from "../../src/cache/Cache.ts"
import { Plan } from "../../src/config/Plan.ts"
import * as SharedTier from "../../src/SharedTier.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { REGION } from "../support/aws.ts"
import { planOf } from "../support/configs.ts"
import { bodyOf } from "../support/entries.ts"
import { functionOnLocalAws } from "../support/localSources.ts"

const SEED = {
  region: REGION,
  tables: [{ name: "shared", hashKey: { name: "key" } }],
  parameters: [
    { name: "A", value: "a", type: "String" },
    { name: "S", value: "a secret", type: "SecureString" },
    { name: "/open/a", value: "a", type: "String" },
    { name: "/mixed/a", value: "a", type: "String" },
    { name: "/mixed/b", value: "a secret", type: "SecureString" },
  ],
} as const

const environments = (shared: string) =>
  Effect.gen(function* () {
    const aws = yield* AwsEmulator
    yield* seedFrom(aws.endpoint, SEED)
    yield* aws.calls.clear
    const plan = planOf(
      `shared: { store: dynamodb://shared, ${shared} }\nparameters: [{ names: [A, S], paths: [/open/, /mixed/], shared: plain }]`,
      { region: REGION, functionName: "shop" },
    )
    const tier = plan.shared
    if (tier === undefined) return yield* Effect.die("nothing is shared")
    /** A new environment of the function. */
    const environment = Cache.layerNoDeps.pipe(
      Layer.provide([SharedTier.layer(tier), Sources.layerNoDeps]),
      Layer.provide(AwsClients.layer),
      Layer.provide([Layer.succeed(Plan, plan), functionOnLocalAws]),
    )
    const start = Effect.map(Layer.build(Layer.fresh(environment)), (context) => Context.get(context, Cache))
    const read = (cache: Cache["Service"], name: string) => {
      const entry = Array.from(plan.entries.values()).find((entry) => entry.name === name)
      return entry === undefined
        ? Effect.die(name)
        : Effect.map(cache.read(entry), ({ value }) => bodyOf(value))
    }
    const fetches = Effect.map(aws.calls.all, (calls) => calls.filter(({ service }) => service === "ssm"))
    return { aws, start, read, fetches }
  })

describe("environments that share a table", () => {
  it.live("ask Parameter Store once for all of them", () =>
    Effect.gen(function* () {
      const { fetches, read, start } = yield* environments("timeout: 5s")
      const first = yield* start
      assert.strictEqual(yield* read(first, "A"), "a")
      yield* first.settled
      for (const another of [yield* start, yield* start]) assert.strictEqual(yield* read(another, "A"), "a")
      assert.lengthOf(yield* fetches, 1)
    }).pipe(Effect.scoped, Effect.provide(AwsEmulator.layer())),
  )

  it.live.each(["S", "/mixed/"])(
    "never share a SecureString without encryption, even if config.yaml says that it is none, and say so once: %s",
    (name) =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
        const { fetches, read, start } = yield* environments("timeout: 5s")
        for (const environment of [yield* start, yield* start])
          yield* Effect.gen(function* () {
            assert.include(yield* read(environment, name), "a secret")
            yield* environment.settled
            assert.include(yield* read(environment, name), "a secret")
          }).pipe(Effect.provide(Logger.layer([logger])))
        assert.lengthOf(yield* fetches, 2)
        const line = `The shared tier does not keep parameters ${name}: it is a secret in AWS, and shared has no encryption`
        assert.deepStrictEqual(lines, [line, line])
      }).pipe(Effect.scoped, Effect.provide(AwsEmulator.layer())),
  )

  it.live("share a path without a SecureString below it", () =>
    Effect.gen(function* () {
      const { fetches, read, start } = yield* environments("timeout: 5s")
      for (const environment of [yield* start, yield* start]) {
        assert.strictEqual(yield* read(environment, "/open/"), `{"/open/a":"a"}`)
        yield* environment.settled
      }
      assert.lengthOf(yield* fetches, 1)
    }).pipe(Effect.scoped, Effect.provide(AwsEmulator.layer())),
  )
})

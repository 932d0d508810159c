/**
 * Secrets that are rotated while the built extension serves them: what `revalidate: describe` costs and serves, also while
 * DescribeSecret fails, and the versions before and after the current one.
 */
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { FaultEffect } from "../../local/aws/Faults.ts"
import { WRONG_MEMBERS } from "../support/wrongReplies.ts"
import { REGION } from "../support/aws.ts"
import { casesOn, type Environment, onEachArtifact, startEnvironment } from "../support/extension.ts"

const CONFIG = `
secrets:
  - names: [db, other]
    revalidate: describe
cache: { ttl: 0s, forced_refresh_interval: 0s }
`
const SEED = {
  secrets: [
    { name: "db", value: "old" },
    { name: "other", value: "other" },
  ],
}

/** Writes a new version of the secret, at this stage. */
const rotate = ({ aws }: Environment, value: string, stage = "AWSCURRENT") =>
  Effect.promise(async () => {
    const client = new SecretsManagerClient({
      endpoint: aws.endpoint,
      region: REGION,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    })
    await client.send(
      new PutSecretValueCommand({ SecretId: "db", SecretString: value, VersionStages: [stage] }),
    )
    client.destroy()
    await Effect.runPromise(aws.calls.clear)
  })

const operationsOf = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) => calls.map(({ operation }) => operation))

/** The faults of a check, each with how the old value is served meanwhile; undefined: it is fetched instead. */
const FAULTS: ReadonlyArray<{
  readonly title: string
  readonly effect: FaultEffect
  readonly served: "stale-if-error" | undefined
}> = [
  { title: "is throttled", effect: { kind: "throttle" }, served: "stale-if-error" },
  {
    title: "answers 500",
    effect: { kind: "error", status: 500, type: "InternalServerError" },
    served: "stale-if-error",
  },
  {
    title: "answers with members of wrong types",
    effect: { kind: "body", body: WRONG_MEMBERS },
    served: "stale-if-error",
  },
  { title: "breaks its answer off", effect: { kind: "truncate" }, served: "stale-if-error" },
  {
    title: "is denied",
    effect: { kind: "error", status: 400, type: "AccessDeniedException" },
    served: undefined,
  },
  {
    title: "knows no such secret",
    effect: { kind: "error", status: 400, type: "ResourceNotFoundException" },
    served: undefined,
  },
]

onEachArtifact("a secret with revalidate: describe", (artifact) => {
  const start = startEnvironment({ artifact, config: CONFIG, seed: SEED })

  it.live(
    "costs a DescribeSecret while it is unchanged, and is new at the first check after its rotation",
    () =>
      Effect.gen(function* () {
        const environment = yield* start
        const { read } = environment
        const text = Effect.map(read("secrets", "db"), ({ text }) => text)
        assert.strictEqual(yield* text, "old")
        assert.strictEqual(yield* text, "old")
        assert.strictEqual(yield* text, "old")
        assert.deepStrictEqual(yield* operationsOf(environment), [
          "GetSecretValue",
          "DescribeSecret",
          "DescribeSecret",
        ])
        yield* rotate(environment, "new")
        assert.strictEqual(yield* text, "new")
        assert.strictEqual(yield* text, "new")
        assert.deepStrictEqual(yield* operationsOf(environment), [
          "DescribeSecret",
          "GetSecretValue",
          "DescribeSecret",
        ])
      }),
  )

  it.live("is new after no-cache, for a function whose login was refused", () =>
    Effect.gen(function* () {
      const environment = yield* startEnvironment({
        artifact,
        config: CONFIG.replace("ttl: 0s", "ttl: 1h"),
        seed: SEED,
      })
      const read = (cacheControl: string) =>
        Effect.map(
          environment.read("secrets", "db", { headers: { "cache-control": cacheControl } }),
          ({ text }) => text,
        )
      assert.strictEqual(yield* read("max-age=3600"), "old")
      yield* rotate(environment, "new")
      assert.strictEqual(yield* read("max-age=3600"), "old")
      assert.strictEqual(yield* read("no-cache"), "new")
      assert.strictEqual(yield* read("no-cache"), "new")
      assert.deepStrictEqual(yield* operationsOf(environment), [
        "DescribeSecret",
        "GetSecretValue",
        "DescribeSecret",
      ])
    }),
  )

  it.live("has the versions before and after the current one under their stages", () =>
    Effect.gen(function* () {
      const environment = yield* start
      yield* rotate(environment, "new")
      yield* rotate(environment, "next", "AWSPENDING")
      const at = (stage: string) =>
        Effect.map(environment.ask(`/secrets?name=db&versionStage=${stage}`), ({ text }) => text)
      const stages = ["AWSPREVIOUS", "AWSCURRENT", "AWSPENDING"]
      assert.deepStrictEqual(yield* Effect.forEach(stages, at), ["old", "new", "next"])
      assert.deepStrictEqual(yield* Effect.forEach(stages, at), ["old", "new", "next"])
      assert.deepStrictEqual(yield* operationsOf(environment), [
        ...Array<string>(3).fill("GetSecretValue"),
        ...Array<string>(3).fill("DescribeSecret"),
      ])
    }),
  )

  for (const { effect, served, title } of casesOn(artifact, FAULTS)) {
    it.live(`is served as its policy says where DescribeSecret ${title}`, () =>
      Effect.gen(function* () {
        const environment = yield* start
        const { aws, lines, read } = environment
        yield* read("secrets", "db")
        yield* rotate(environment, "new")
        yield* aws.faults.inject({ operation: "DescribeSecret", effect })
        const during = yield* read("secrets", "db")
        assert.deepStrictEqual([during.status, during.text], [200, served === undefined ? "new" : "old"])
        if (served !== undefined) assert.include(String(during.headers["cache-status"]), served)
        yield* aws.faults.clear
        yield* Effect.repeat(read("secrets", "db"), { until: ({ text }) => text === "new" })
        assert.isFalse(lines().some((line) => line.includes("old") || line.includes("new")))
      }),
    )
  }
})

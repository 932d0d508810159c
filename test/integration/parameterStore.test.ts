/**
 * What docs/parameters.md shows, through the built extension: lists, paths of one level and of a label, shared parameters.
 */
import { LabelParameterVersionCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { clientsFor, sdk } from "../support/aws.ts"
import { onEachArtifact, startEnvironment } from "../support/extension.ts"

const SHARED = "arn:aws:ssm:us-west-2:210987654321:parameter/shared/level"

const PUBLIC = "/aws/service/global-infrastructure/regions"

const CONFIG = `
parameters:
  - names: [/shop/hosts, /shop/zones, /shop/text, "${SHARED}", ${PUBLIC}/us-west-2/longName]
  - paths: [${PUBLIC}/us-west-2]
    region: eu-west-1
  - paths: [/level/]
    recursive: false
  - paths: [/flags/]
    label: live
`
const SEED = {
  parameters: [
    { name: "/shop/hosts", value: "a.example,b.example", type: "StringList" as const },
    { name: "/shop/zones", value: "x", type: "StringList" as const },
    { name: "/shop/text", value: "a,b" },
    { name: "/shared/level", value: "info" },
    { name: "/level/one", value: "1" },
    { name: "/level/hosts", value: "a,b", type: "StringList" as const },
    { name: "/level/deep/two", value: "2" },
    { name: "/flags/a", value: "old a", labels: ["live"] },
    { name: "/flags/b", value: "unlabelled" },
  ],
}

onEachArtifact("parameters as docs/parameters.md has them", (artifact) => {
  const start = startEnvironment({ artifact, config: CONFIG, seed: SEED })

  it.live("are JSON arrays by as=list: alone, together, and below a path", () =>
    Effect.gen(function* () {
      const { ask } = yield* start
      const text = (query: string) => Effect.map(ask(`/parameters?${query}&as=list`), ({ text }) => text)
      assert.strictEqual(yield* text("name=/shop/hosts"), '["a.example","b.example"]')
      assert.strictEqual(
        yield* text("name=/shop/hosts&name=/shop/zones"),
        '{"values":{"/shop/hosts":["a.example","b.example"],"/shop/zones":["x"]},"errors":{}}',
      )
      assert.strictEqual(yield* text("name=/level/hosts"), '["a","b"]')
      assert.strictEqual((yield* ask("/parameters?name=/shop/text&as=list")).status, 404)
      assert.strictEqual((yield* ask("/parameters?name=/level/one&as=list")).status, 404)
    }),
  )

  it.live("are read at one level, or in the versions of a label", () =>
    Effect.gen(function* () {
      const { ask, aws, read } = yield* start
      const { ssm } = yield* clientsFor(aws.endpoint)
      yield* sdk(() =>
        ssm.send(new PutParameterCommand({ Name: "/flags/a", Value: "new a", Overwrite: true })),
      )
      assert.deepStrictEqual(JSON.parse((yield* ask("/parameters?path=/level/")).text), {
        "/level/hosts": "a,b",
        "/level/one": "1",
      })
      assert.strictEqual((yield* read("parameters", "/level/deep/two")).status, 404)
      assert.strictEqual((yield* ask("/parameters?path=/flags")).text, '{"/flags/a":"old a"}')
      assert.strictEqual((yield* read("parameters", "/flags/a")).text, "old a")
      assert.strictEqual((yield* read("parameters", "/flags/b")).status, 404)
      yield* sdk(() =>
        ssm.send(
          new LabelParameterVersionCommand({ Name: "/flags/a", ParameterVersion: 2, Labels: ["live"] }),
        ),
      )
      const forced = { headers: { "cache-control": "no-cache, max-age=0" } }
      yield* Effect.repeat(read("parameters", "/flags/a", forced), { until: ({ text }) => text === "new a" })
    }),
  )

  it.live("of AWS itself are read like any other, by name and by path", () =>
    Effect.gen(function* () {
      const { ask, read } = yield* start
      const longName = `${PUBLIC}/us-west-2/longName`
      assert.strictEqual((yield* read("parameters", longName)).text, "US West (Oregon)")
      const { text } = yield* ask(`/parameters?path=${PUBLIC}/us-west-2`)
      assert.deepStrictEqual(JSON.parse(text), { [longName]: "US West (Oregon)" })
    }),
  )

  it.live("of another account are read by their ARN, in its region", () =>
    Effect.gen(function* () {
      const { aws, read } = yield* start
      assert.strictEqual((yield* read("parameters", SHARED)).text, "info")
      const calls = yield* aws.calls.all
      assert.deepStrictEqual(
        calls.map(({ names, region }) => [names, region]),
        [[[SHARED], "us-west-2"]],
      )
    }),
  )
})

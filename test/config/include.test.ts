/**
 * config.yaml in two files, and in a variable: what counts, whose keys come first, and which file a fault names.
 */
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Environment } from "../../src/config/environment/variables.ts"
import { Plan } from "../../src/config/Plan.ts"
import { readConfig, readConfigFile } from "../../src/config/readConfigFile.ts"
import { platform } from "../../src/host/node.ts"
import { folderOf } from "../support/lambda.ts"

const { files } = platform

/** The plan of an environment, by the files that it names. */
const planOf = (env: Environment) =>
  Plan.pipe(
    Effect.provide(
      Plan.layerFrom(
        env,
        Effect.promise(() => readConfig(files, env)),
        { readFile: (file) => Effect.promise(() => readConfigFile(files, file)) },
      ),
    ),
  )

/** The plan of files in a folder of its own. */
const planIn = Effect.fnUntraced(function* (
  contents: Readonly<Record<string, string>>,
  env: Environment = {},
) {
  const folder = yield* folderOf(contents)
  const config = path.join(folder, "config.yaml")
  const plan = Effect.mapError(
    planOf({ CACHE_EXTENSION_CONFIG: config, AWS_REGION: "eu-west-1", ...env }),
    ({ message }) => message.replaceAll(`${folder}/`, "").split("\n"),
  )
  return { folder, plan }
})

const OWN = `include: common.yaml
parameters: [{ names: [/shop/db, /shop/url], ttl: 1m }]
cache: { ttl: 10m }
on_demand: deny
`
const COMMON = `# for every function
parameters:
  - names: [/common/level, /shop/db]
secrets:
  - names: [db/main]
cache: { ttl: 20m, negative_ttl: 9s }
server: { port: 4711 }
on_demand: allow
`

describe("a file that config.yaml includes", () => {
  it.effect("adds its sections, and the keys that config.yaml does not have", () =>
    Effect.gen(function* () {
      const { plan } = yield* planIn({ "config.yaml": OWN, "common.yaml": COMMON })
      const { defaultPolicy, entries, onDemand, port } = yield* plan
      assert.deepStrictEqual(
        Array.from(entries.values(), ({ name, policy }) => [name, policy.ttl / 60_000]),
        [
          ["/shop/db", 1],
          ["/shop/url", 1],
          ["/common/level", 10],
          ["db/main", 10],
        ],
      )
      assert.deepStrictEqual([defaultPolicy.negativeTtl, port, onDemand], [9_000, 4_711, "deny"])
    }),
  )

  it.effect("is named by its warnings: config.yaml's own entry of a name counts", () =>
    Effect.gen(function* () {
      const { folder, plan } = yield* planIn({ "config.yaml": OWN, "common.yaml": COMMON })
      const { warnings } = yield* plan
      assert.strictEqual(
        warnings[0]?.replaceAll(`${folder}/`, ""),
        'common.yaml:3:28: parameters[0].names[1]: "/shop/db" is skipped, as line 2 of config.yaml lists this name already',
      )
    }),
  )

  it.effect("is named by its faults, with its own lines and places", () =>
    Effect.gen(function* () {
      const { plan } = yield* planIn({
        "config.yaml": "include: common.yaml\nparameters: [{ names: [A] }]\ncache: { ttl: 5 }\n",
        "common.yaml":
          "parameters:\n  - names: [B]\n    ttl: ${NONE}\ncache: { negative_ttl: 6 }\nsecretz: []\n",
      })
      assert.deepStrictEqual(
        (yield* Effect.flip(plan)).map((line) => line.split("; allowed:")[0]),
        [
          'config.yaml:3:15: cache.ttl: found "5"',
          'common.yaml:3:10: parameters[0].ttl: found "${NONE}", and the variable NONE is not set',
          'common.yaml:4:24: cache.negative_ttl: found "6"',
          'common.yaml:5:1: secretz: found an unknown key (did you mean "secrets"?)',
        ],
      )
    }),
  )

  it.effect("may be named by a variable, and stand in another folder", () =>
    Effect.gen(function* () {
      const { folder, plan } = yield* planIn(
        { "config.yaml": "include: ./stages/${STAGE}.yaml" },
        { STAGE: "prod" },
      )
      yield* Effect.promise(() => mkdir(path.join(folder, "stages")))
      yield* Effect.promise(() =>
        writeFile(path.join(folder, "stages/prod.yaml"), "parameters: [{ names: [P] }]"),
      )
      assert.deepStrictEqual(Array.from((yield* plan).entries.keys()), ["parameters:P"])
    }),
  )

  it.effect.each<readonly [string, string | undefined, string]>([
    [
      "that is missing",
      undefined,
      'config.yaml:1:10: include: found "common.yaml" (nothing at this path); allowed: the path of a second file, from the folder of this one',
    ],
    ["with faults of syntax", "a: [", "common.yaml:1:5: syntax: found the end of the file"],
    [
      "that includes another one",
      "include: config.yaml",
      "common.yaml:1:10: include: found the key in an included file; allowed: the key in config.yaml alone, which includes one file",
    ],
    [
      "that is a list",
      "- a",
      "common.yaml:1:1: the file: found a list; allowed: a mapping, as in config.yaml",
    ],
  ])("%s is a fault, beside those of config.yaml", ([, common, fault]) =>
    Effect.gen(function* () {
      const { plan } = yield* planIn({
        "config.yaml": "include: common.yaml\ncache: { ttl: 5 }\n",
        ...(common === undefined ? {} : { "common.yaml": common }),
      })
      const faults = yield* Effect.flip(plan)
      assert.isTrue(
        faults.some((line) => line.startsWith(fault)),
        faults.join("\n"),
      )
      assert.isTrue(
        faults.some((line) => line.startsWith("config.yaml:2:15: cache.ttl")),
        faults.join("\n"),
      )
    }),
  )

  it.effect("may be empty", () =>
    Effect.gen(function* () {
      const { plan } = yield* planIn({
        "config.yaml": "include: common.yaml\nparameters:\n",
        "common.yaml": "",
      })
      assert.strictEqual((yield* plan).entries.size, 0)
    }),
  )
})

describe("config.yaml in a variable", () => {
  it.effect("needs no file, and includes one of the package", () =>
    Effect.gen(function* () {
      const { folder } = yield* planIn({ "common.yaml": "secrets: [{ names: [db] }]" })
      const CACHE_EXTENSION_CONFIG_YAML = `include: ${folder}/common.yaml\nparameters:\n  - names: [/\${STAGE}/a]\n`
      const { entries, warnings } = yield* planOf({
        CACHE_EXTENSION_CONFIG_YAML,
        AWS_REGION: "eu-west-1",
        STAGE: "prod",
      })
      assert.deepStrictEqual(Array.from(entries.keys()), ["parameters:/prod/a", "secrets:db"])
      assert.isFalse(warnings.some((line) => line.includes("is not read")))
    }),
  )

  it.effect("may be JSON on one line", () =>
    Effect.gen(function* () {
      const yaml = '{"parameters":[{"names":["/a","/b"],"ttl":"30s"}],"server":{"token":"off"}}'
      const { entries } = yield* planOf({ CACHE_EXTENSION_CONFIG_YAML: yaml, AWS_REGION: "eu-west-1" })
      assert.deepStrictEqual(Array.from(entries.keys()), ["parameters:/a", "parameters:/b"])
    }),
  )

  it.effect("is named by its faults, with the lines of its text", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(planOf({ CACHE_EXTENSION_CONFIG_YAML: "cache:\n  ttl: 5\n" }))
      assert.include(message, 'CACHE_EXTENSION_CONFIG_YAML:2:8: cache.ttl: found "5"')
    }),
  )

  it.effect("beside the path of a file is a fault", () =>
    Effect.gen(function* () {
      const { plan } = yield* planIn(
        { "config.yaml": "" },
        { CACHE_EXTENSION_CONFIG_YAML: "on_demand: deny" },
      )
      assert.deepStrictEqual(yield* Effect.flip(plan), [
        "environment: CACHE_EXTENSION_CONFIG_YAML: found it, and CACHE_EXTENSION_CONFIG; allowed: one of both: the whole file, or its path",
      ])
    }),
  )

  it.effect("wins over a file in the function's package, with a warning", () =>
    Effect.gen(function* () {
      const { folder } = yield* planIn({ "config.yaml": "parameters: [{ names: [A] }]" })
      const env = { CACHE_EXTENSION_CONFIG_YAML: "on_demand: deny" }
      const found = yield* Effect.promise(() => readConfig(files, env, folder))
      const { entries, warnings } = yield* Plan.pipe(
        Effect.provide(Plan.layerFrom(env, Effect.succeed(found))),
      )
      assert.strictEqual(entries.size, 0)
      assert.deepStrictEqual(warnings, [
        `${folder}/config.yaml is not read, because CACHE_EXTENSION_CONFIG_YAML holds the whole file`,
      ])
    }),
  )
})

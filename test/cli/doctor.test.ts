/**
 * `doctor` as a command: a folder, and a function in a stand-in of AWS, with the config.yaml in its package and the permissions of its
 * role.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import path from "node:path"
import { cli } from "../support/cli.ts"
import { cliProcess, credentialsFor } from "../support/cliProcess.ts"
import { folderOf } from "../support/lambda.ts"
import { localLayers, zipWith } from "../support/localLayers.ts"

const CONFIG = "parameters:\n  - names: [/shop/greeting]\n"

/** What `doctor` says of a function with these files, as `result name`. */
const examined = Effect.fnUntraced(function* (
  files: Readonly<Record<string, string>>,
  denied: ReadonlyArray<string> = [],
) {
  const aws = yield* localLayers
  aws.functions.set("shop", zipWith(files))
  for (const action of denied) aws.deniedActions.add(action)
  const args = ["doctor", "--function", "shop", "--region", "us-east-1", "--json"]
  const outcome = yield* cliProcess(args, credentialsFor(aws.endpoint))
  const checks: ReadonlyArray<Readonly<Record<"name" | "result" | "message", string>>> = JSON.parse(
    outcome.stdout || "[]",
  )
  const of = (name: string) => checks.find((check) => check.name === name)
  return { ...outcome, config: of("config.yaml"), permissions: of("permissions") }
})

describe("doctor", () => {
  it.live("finds nothing wrong with a function that is set up", () =>
    Effect.gen(function* () {
      const { code, config, permissions, stderr } = yield* examined({ "config.yaml": CONFIG })
      assert.deepStrictEqual([config?.result, permissions?.result], ["ok", "ok"], stderr)
      assert.strictEqual(code, 0)
    }).pipe(Effect.scoped),
  )

  it.live("takes the region of the profile, and says so if none is named", () =>
    Effect.gen(function* () {
      const aws = yield* localLayers
      aws.functions.set("shop", zipWith({ "config.yaml": CONFIG }))
      const folder = yield* folderOf({
        profiles:
          "[profile work]\nregion = us-east-1\naws_access_key_id = local\naws_secret_access_key = local\n",
      })
      const variables = {
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_CONFIG_FILE: path.join(folder, "profiles"),
        // An empty variable counts as none.
        AWS_REGION: "",
      }
      const found = yield* cliProcess(["doctor", "--function", "shop"], { ...variables, AWS_PROFILE: "work" })
      assert.strictEqual(found.code, 0, found.stdout + found.stderr)
      const missing = yield* cliProcess(["doctor", "--function", "shop"], variables)
      assert.strictEqual(missing.code, 2)
      assert.include(missing.stderr, "--region is missing")
    }).pipe(Effect.scoped),
  )

  it.live("names what the role is denied, and ends with 1", () =>
    Effect.gen(function* () {
      const { code, permissions } = yield* examined({ "config.yaml": CONFIG }, ["ssm:GetParameter"])
      assert.include(
        permissions?.message,
        "is denied ssm:GetParameter on arn:aws:ssm:us-east-1:123456789012:parameter/shop/greeting",
      )
      assert.strictEqual(code, 1)
    }).pipe(Effect.scoped),
  )

  it.live("names all that the role is denied, however many pages IAM needs for it", () =>
    Effect.gen(function* () {
      const config = "parameters:\n  - names: [/shop/a, /shop/b]\n"
      const { permissions } = yield* examined({ "config.yaml": config }, ["ssm:GetParameters"])
      for (const name of ["a", "b"])
        assert.include(
          permissions?.message,
          `ssm:GetParameters on arn:aws:ssm:us-east-1:123456789012:parameter/shop/${name}`,
        )
    }).pipe(Effect.scoped),
  )

  it.live("reports faults of the config.yaml in the package, and one that is missing", () =>
    Effect.gen(function* () {
      const faulty = yield* examined({ "config.yaml": "colour: red" })
      assert.include(faulty.config?.message, "/var/task/config.yaml:1:1: colour")
      const missing = yield* examined({ "index.mjs": "" })
      assert.include(missing.config?.message, "the function's package has no config.yaml")
      assert.deepStrictEqual([faulty.code, missing.code], [1, 1])
    }).pipe(Effect.scoped),
  )

  it.live("says so if there is no such function", () =>
    Effect.gen(function* () {
      const aws = yield* localLayers
      const args = ["doctor", "--function", "shop", "--region", "us-east-1"]
      const { code, stderr } = yield* cliProcess(args, credentialsFor(aws.endpoint))
      assert.include(stderr, "The function shop in us-east-1: ResourceNotFoundException")
      assert.strictEqual(code, 1)
    }).pipe(Effect.scoped),
  )

  it.live("checks the config.yaml of a folder", () =>
    Effect.gen(function* () {
      const right = yield* cli(["doctor", yield* folderOf({ "config.yaml": CONFIG })])
      assert.match(right.stdout, /^ok +config\.yaml: .* lists 1 names$/m)
      const wrong = yield* cli(["doctor", yield* folderOf({ "config.yaml": "parameters: 5" })])
      assert.match(wrong.stdout, /^fail +config\.yaml: .*parameters: found "5"/m)
      assert.deepStrictEqual([right.code, wrong.code], [0, 1])
    }).pipe(Effect.scoped),
  )

  it.effect("refuses a folder beside --function", () =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli(["doctor", "x", "--function", "f"])
      assert.include(stderr, "exclude each other")
      assert.strictEqual(code, 2)
    }),
  )
})

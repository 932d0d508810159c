/**
 * A command line that is wrong in a way that only the command itself can see: each ends with 2, names what was found, and says
 * what is allowed. `main.test.ts` has the faults that the parser of the flags sees.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { chooseConfig } from "../../cli/dev/target.ts"
import { readPlan } from "../../cli/dev/readPlan.ts"
import { regionOr } from "../../cli/aws/region.ts"
import { FIRST_FILE } from "../../cli/config/ConfigSource.ts"
import { tablesOf, textOf } from "../docs/markdown.ts"
import { cli } from "../support/cli.ts"
import { cliProcess } from "../support/cliProcess.ts"
import { folderOf } from "../support/lambda.ts"

const MISSING = "/nonexistent/config.yaml"
const NAMED = "allowed: the path of a config.yaml, or of a function's folder with one, as"

const WRONG: ReadonlyArray<readonly [args: ReadonlyArray<string>, says: string]> = [
  [["policy", MISSING], `found nothing at this path; ${NAMED} the argument`],
  [["cost", MISSING], `found nothing at this path; ${NAMED} the argument`],
  [["explain", "/a", "--config", MISSING], `found nothing at this path; ${NAMED} --config`],
  [["explain", "/a", "--config", "/dev/null"], `found a pipe, socket or device; ${NAMED} --config`],
  [["policy", "example", "--role", "foo"], '--role: found "foo"'],
  [
    ["cost", "--parameters", "0", "--secrets", "0"],
    "there is nothing to read: --parameters, --secrets, --items, --configurations, ",
  ],
  [["doctor", ".", "--function", "x"], "A folder and --function exclude each other"],
  [["publish", "--regions", "all", "--public", "--organization", "o-a1b2c3d4e5"], "exclude each other"],
  [["publish", "--regions", "eu-west-1", "--public"], "--yes says that this is intended"],
  [["dev", "--function", "/nonexistent"], "--function /nonexistent: found nothing at this path"],
  [["dev", "--function", "example", "--env", "1x"], '--env: found "1x"; allowed: NAME=value'],
  [["dev", "--function", "example", "--event", "/nonexistent"], "allowed: a file with JSON"],
  [["dev", "--function", "example", "--profile", "x"], "allowed: with --aws real"],
  [["dev", "--function", "example", "--aws", "real", "--seed", "README.md"], "allowed: with --aws local"],
  [["dev", "--region", "nope"], '"nope". Expected: a region such as us-west-2'],
  [["serve", "--config", MISSING], `--config ${MISSING}: found nothing at this path; allowed: a config.yaml`],
  [
    ["serve", "--seed", "/nonexistent"],
    "--seed /nonexistent: found nothing at this path; allowed: a seed file",
  ],
]

describe("a wrong command line", () => {
  it.effect.each(WRONG)("ends with 2 and says what is wrong: %j", ([args, says]) =>
    Effect.gen(function* () {
      const { code, stderr } = yield* cli(args)
      assert.include(stderr, says)
      assert.strictEqual(code, 2)
    }),
  )

  it.effect("is told from a fault in what it names, which ends with 1", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* cli(["policy", "-"], "parameters: 5")).code, 1)
      assert.strictEqual((yield* cli(["validate", MISSING])).code, 1)
      const codes = tablesOf(textOf("docs/cli.md"), "exit code", "meaning").map(([code]) => code)
      assert.deepStrictEqual(codes, ["0", "1", "2", "130"])
    }),
  )
})

describe("a config.yaml that is missing", () => {
  it.effect.each(["validate", "policy", "cost", "doctor", "explain /a --config"])(
    "is explained without variables of Lambda, and with a command that makes a first file: %s",
    (command) =>
      Effect.gen(function* () {
        const { stderr, stdout } = yield* cli([...command.split(" "), MISSING])
        assert.include(stdout + stderr, FIRST_FILE)
        assert.notInclude(stdout + stderr, "CACHE_EXTENSION_CONFIG")
      }),
  )

  it.live("is made by that command", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({})
      const [, text = ""] = /^echo '(.*)' > config\.yaml$/.exec(FIRST_FILE) ?? []
      writeFileSync(path.join(folder, "config.yaml"), text)
      const { code, stdout } = yield* cli(["validate", folder])
      assert.strictEqual(code, 0, stdout)
    }).pipe(Effect.scoped),
  )

  it.effect("is explained when dev or serve loses it while it runs", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(Effect.scoped(readPlan(MISSING, { AWS_REGION: "eu-west-1" })))
      assert.include(message, "at the path in --config")
      assert.notInclude(message, "CACHE_EXTENSION_CONFIG")
    }),
  )

  it("is blamed on CACHE_EXTENSION_CONFIG if that names it", () => {
    const chosen = chooseConfig(undefined, [], { CACHE_EXTENSION_CONFIG: MISSING })
    const reason = Result.isFailure(chosen) ? chosen.failure : ""
    assert.include(reason, `CACHE_EXTENSION_CONFIG ${MISSING}: found nothing at this path`)
    assert.include(reason, "--config wins over this variable")
  })
})

describe("the region of a command", () => {
  it.effect("is that of the flag, then AWS_REGION, then AWS_DEFAULT_REGION; an empty variable is none", () =>
    Effect.gen(function* () {
      const region = (env: Readonly<Record<string, string>>, given?: string) => regionOr(given, "none", env)
      const both = { AWS_REGION: "eu-west-1", AWS_DEFAULT_REGION: "eu-west-2" }
      assert.strictEqual(yield* region(both, "us-west-2"), "us-west-2")
      assert.strictEqual(yield* region(both), "eu-west-1")
      assert.strictEqual(yield* region({ ...both, AWS_REGION: "" }), "eu-west-2")
      assert.strictEqual(yield* region({ AWS_REGION: "", AWS_DEFAULT_REGION: "" }), "none")
    }),
  )

  it.effect("is refused if the variable holds no region", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(regionOr(undefined, "none", { AWS_DEFAULT_REGION: "Frankfurt" }))
      assert.strictEqual(
        message,
        'AWS_DEFAULT_REGION: found "Frankfurt"; allowed: a region such as us-west-2',
      )
    }),
  )
})

describe("a profile that does not exist", () => {
  const COMMANDS = [
    { args: ["publish", "--regions", "eu-west-1", "--profiles", "wokr", "--dry-run"], source: "--profiles" },
    { args: ["serve", "--aws", "real", "--profile", "wokr"], source: "--profile" },
    { args: ["doctor", "--function", "x"], source: "AWS_PROFILE" },
  ]
  it.live("is refused with a list of those that do, by every command", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({
        config: "[profile work]\nregion = eu-west-1\n[sso-session corp]\nsso_region = eu-west-1\n",
        credentials: "[home]\naws_access_key_id = local\naws_secret_access_key = local\n",
      })
      const files = {
        AWS_CONFIG_FILE: path.join(folder, "config"),
        AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "credentials"),
      }
      yield* Effect.forEach(
        COMMANDS,
        Effect.fnUntraced(function* ({ args, source }) {
          const variables = source === "AWS_PROFILE" ? { ...files, AWS_PROFILE: "wokr" } : files
          const { code, stderr } = yield* cliProcess(args, variables)
          assert.include(
            stderr,
            `${source}: found no profile "wokr"; allowed: home, work; did you mean work?`,
          )
          assert.strictEqual(code, 2)
        }),
        { concurrency: 2, discard: true },
      )
    }).pipe(Effect.scoped),
  )
})

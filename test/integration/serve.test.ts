/**
 * `serve` as a person meets it: samples in an empty folder, values for a config.yaml of one's own, and an end in order. The
 * processes run the built extension.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { ask } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"
import { endByCtrlC, runCli } from "../support/program.ts"

it.live("serve runs in an empty folder, with a sample that its curl commands read", () =>
  Effect.gen(function* () {
    const program = yield* runCli("serve", yield* folderOf({}), [])
    yield* program.shows(/There is no config\.yaml here, so this is a sample\./)
    yield* program.shows(/^curl '.*\/ready'$/m)
    const targets = Array.from(
      program.output().matchAll(/^curl 'http:\/\/127\.0\.0\.1:\d+(\S+)'$/gm),
      ([, target = ""]) => target,
    )
    assert.strictEqual(targets.length, 4)
    for (const target of targets) {
      const { status, text } = yield* Effect.orDie(ask(program.port, target))
      assert.strictEqual(status, 200, `${target}: ${text}`)
    }
    const { code, output } = yield* endByCtrlC(program)
    assert.strictEqual(code, 0)
    assert.include(output, "Received SHUTDOWN event")
  }),
)

it.live(
  "serve fills local AWS with a sample for everything that config.yaml lists, and starts anew when it changes",
  () =>
    Effect.gen(function* () {
      const config = `
parameters:
  - names: [/a/one, "/a/labelled:prod", /aws/reference/secretsmanager/referenced]
  - { paths: [/deep/], region: eu-west-1 }
secrets:
  - names: [db/main, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:by-arn-AbCdEf"]
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: N, hashkeyvalue: "7", sortkey: day, sortkeytype: S, sortkeyvalue: mon }
  - { table: Orders, hashkey: id, hashkeytype: N, hashkeyvalue: "8", sortkey: day, sortkeytype: S, sortkeyvalue: tue }
appconfig:
  - { application: shop, environment: prod, profile: flags }
server: { token: required }
`
      const folder = yield* folderOf({ "config.yaml": config })
      const program = yield* runCli("serve", folder, [])
      yield* program.shows(/^curl '.*\/ready'$/m)
      const commands = Array.from(
        program
          .output()
          .matchAll(/^curl -H 'X-Aws-Parameters-Secrets-Token: (\S+)' 'http:\/\/127\.0\.0\.1:\d+(\S+)'$/gm),
        ([, token = "", target = ""]) => ({ token, target }),
      )
      assert.isAtLeast(commands.length, 8)
      for (const { target, token } of commands) {
        const { status, text } = yield* Effect.orDie(
          ask(program.port, target, { headers: { "X-Aws-Parameters-Secrets-Token": token } }),
        )
        assert.strictEqual(status, 200, `${target}: ${text}`)
        assert.include(text, "sample", target)
      }
      writeFileSync(path.join(folder, "config.yaml"), "parameters:\n  - names: [/later]\n")
      yield* program.shows(/Changed: config\.yaml\. Restarting\./)
      yield* program.shows(/^curl 'http:\/\/127\.0\.0\.1:\d+\/parameters\?name=%2Flater'$/m)
      const { text } = yield* Effect.orDie(ask(program.port, "/parameters?name=/later"))
      assert.strictEqual(text, "sample of /later")
      assert.strictEqual((yield* endByCtrlC(program)).code, 0)
    }),
)

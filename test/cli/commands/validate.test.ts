/**
 * The command `validate`: the faults and warnings of the extension itself, all at once, for people and for programs.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import path from "node:path"
import { UNKNOWN_REGION } from "../../../cli/config/ConfigSource.ts"
import { VERSION } from "../../../src/observability/version.ts"
import { blocksOf, tablesOf, textOf } from "../../docs/markdown.ts"
import { BROKEN_CONFIGS } from "../../support/brokenConfigs.ts"
import { cli } from "../../support/cli.ts"
import { readConfig } from "../../support/configs.ts"
import { folderOf } from "../../support/lambda.ts"

const PAGE = textOf("docs/cli.md").split("\n## validate\n")[1]?.split("\n## ")[0] ?? ""

const BROKEN = `parameters:
  - names: [A, '']
    ttl: 5
`
const SUSPECT = `secrets:
  - names: [db/main, db/main]
server: {token: required}
`
const VALID = "parameters: [{names: [A, B]}]\n"

interface Report {
  readonly valid: boolean
  readonly files: ReadonlyArray<{
    readonly file: string
    readonly valid: boolean
    readonly entries: number
    readonly findings: ReadonlyArray<Readonly<Record<string, unknown>>>
  }>
}

const report = (args: ReadonlyArray<string>, stdin = "") =>
  Effect.map(cli(["validate", "--json", ...args], stdin), ({ stdout }) => JSON.parse(stdout) as Report)

describe("lambda-cache-extension validate", () => {
  it.effect("shows all faults at once, each with its line", () =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* cli(["validate", "-"], BROKEN)
      assert.deepStrictEqual([code, stderr], [1, ""])
      assert.include(stdout, `stdin:2:16: error: parameters[0].names[1]: found ""`)
      assert.include(stdout, "  1 | parameters:\n> 2 |   - names: [A, '']\n    |                ^\n")
      assert.include(stdout, `stdin:3:10: error: parameters[0].ttl: found "5"`)
      assert.include(stdout, "\n> 3 |     ttl: 5\n    |          ^\n")
      assert.match(stdout, /^stdin: not valid, 2 errors$/m)
    }),
  )

  it.effect("finds the faults that the extension finds, of every broken config.yaml", () =>
    Effect.gen(function* () {
      for (const { name, text } of BROKEN_CONFIGS) {
        const context = { file: "stdin", region: UNKNOWN_REGION, ttl: undefined }
        const own = Result.match(readConfig(text, context), {
          onFailure: ({ faults }) =>
            faults.map(({ allowed, found, key, line }) => ({ allowed, found, key, line })),
          onSuccess: () => [],
        })
        const { files } = yield* report(["-"], text)
        const found = files[0]?.findings.filter(({ severity }) => severity === "error") ?? []
        assert.deepStrictEqual(
          found.map(({ allowed, found, key, line }) => ({ allowed, found, key, line })),
          own,
          name,
        )
      }
    }),
  )

  it.effect("accepts a valid file, the folder of a function, and several at once", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "a/config.yaml": VALID, "b/config.yaml": BROKEN })
      const [a, b] = ["a", "b"].map((name) => path.join(folder, name)) as [string, string]
      const one = yield* cli(["validate", a])
      assert.deepStrictEqual(
        [one.code, one.stdout],
        [0, `${path.join(a, "config.yaml")}: valid, 2 entries\n`],
      )
      const both = yield* report([path.join(a, "config.yaml"), b])
      assert.deepStrictEqual(
        both.files.map(({ entries, file, valid }) => [file, valid, entries]),
        [
          [path.join(a, "config.yaml"), true, 2],
          [path.join(b, "config.yaml"), false, 0],
        ],
      )
    }),
  )

  it.effect("shows warnings, which fail the check under --strict alone", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["validate", "-"], SUSPECT)
      assert.strictEqual(code, 0)
      assert.include(stdout, `stdin:2:22: warning: secrets[0].names[1]: "db/main" is skipped`)
      assert.include(stdout, "stdin: valid, 1 entry, 1 warning")
      assert.strictEqual((yield* cli(["validate", "--strict", "-"], SUSPECT)).code, 1)
      assert.strictEqual((yield* cli(["validate", "--strict", "-"], VALID)).code, 0)
      const memory = yield* report(["--memory", "128", "-"], "cache: {max_bytes: 500MB}")
      const unknown = yield* report(["-"], "cache: {max_bytes: 500MB}")
      assert.strictEqual(
        (memory.files[0]?.findings.length ?? 0) - (unknown.files[0]?.findings.length ?? 0),
        1,
      )
    }),
  )

  it.effect("writes annotations of GitHub Actions, one a line", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["validate", "--format", "github", "-"], BROKEN)
      assert.strictEqual(code, 1)
      const lines = stdout.trimEnd().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => line.split("::")[1]),
        ["error file=stdin,line=2,col=16", "error file=stdin,line=3,col=10"],
      )
    }),
  )

  it.effect("never shows what may be a secret in a URL, and no control characters", () =>
    Effect.gen(function* () {
      const text = `tracing: {endpoint: "http://user:hunter2@host/?key=hunter2"}\n# \u001b[31m\nttl: 5\n`
      for (const format of ["text", "json", "github"]) {
        const { stdout } = yield* cli(["validate", "--format", format, "-"], text)
        assert.notInclude(stdout, "hunter2")
        assert.notInclude(stdout, "\u001B")
      }
    }),
  )

  it.effect("shows the part of a long line that is wrong", () =>
    Effect.gen(function* () {
      const names = Array.from({ length: 200 }, (_, index) => `A${index}`).join(", ")
      const { stdout } = yield* cli(["validate", "-"], `parameters: [{names: [${names}, '']}]`)
      const [line = "", mark = ""] = stdout.split("\n").slice(2)
      assert.isBelow(line.length, 120)
      assert.strictEqual(line.slice(mark.indexOf("^"), mark.indexOf("^") + 2), "''")
    }),
  )

  it.effect("says of a file that is not there, no text or too long what is allowed", () =>
    Effect.gen(function* () {
      const missing = yield* cli(["validate", "/nowhere/config.yaml"])
      assert.deepStrictEqual([missing.code, missing.stderr], [1, ""])
      assert.include(missing.stdout, "/nowhere/config.yaml: error: the file: found nothing at this path")
      const long = yield* report(["-"], "#".repeat(2_000_000))
      assert.match(String(long.files[0]?.findings[0]?.["message"]), /found 2000000 bytes; allowed: at most/)
    }),
  )

  it.effect("has in its JSON the members that docs/cli.md lists, and no others", () =>
    Effect.gen(function* () {
      const listed = tablesOf(PAGE, "member", "meaning").map(([member]) => member)
      const { files, ...rest } = yield* report(["-"], BROKEN)
      const members = [
        ...Object.keys(rest),
        "files",
        ...Object.keys(files[0] ?? {}).map((key) => `files[].${key}`),
        ...Object.keys(files[0]?.findings[0] ?? {}).map((key) => `files[].findings[].${key}`),
      ]
      assert.sameMembers(listed, members)
    }),
  )

  it.effect("prints what docs/cli.md shows", () =>
    Effect.gen(function* () {
      const [shown = ""] = blocksOf(PAGE, "text")
      const { stdout } = yield* cli(["validate", "-"], BROKEN)
      assert.strictEqual(stdout.replaceAll("stdin", "config.yaml"), shown)
    }),
  )

  it("is run by the hook and the action of docs/cli.md in this version", () => {
    const command = `npx --yes lambda-cache-extension@${VERSION} validate`
    assert.include(textOf(".pre-commit-hooks.yaml"), `entry: ${command}\n`)
    assert.isTrue(blocksOf(PAGE, "yaml").some((block) => block.includes(`run: ${command}`)))
    assert.isTrue(blocksOf(PAGE, "yaml").some((block) => block.includes(`rev: v${VERSION}`)))
  })
})

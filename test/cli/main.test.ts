/**
 * The command line as a whole: help, version, wrong usage, completions, and what docs/cli.md says of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { VERSION } from "../../src/observability/version.ts"
import { ROOT, tablesOf, textOf } from "../docs/markdown.ts"
import { cli } from "../support/cli.ts"

const PAGE = textOf("docs/cli.md")
const COMMANDS = tablesOf(PAGE, "command", "what it does").map(
  ([cell = ""]) => /`([^`]+)`/.exec(cell)?.[1] ?? cell,
)

describe("lambda-cache-extension", () => {
  it.effect("lists in its help the commands that docs/cli.md lists, in that order", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["--help"])
      const [, list = ""] = stdout.split("SUBCOMMANDS\n")
      assert.deepStrictEqual(
        Array.from(list.matchAll(/^ {2}(\S+)/gm), ([, name]) => name),
        COMMANDS,
      )
      assert.strictEqual(code, 0)
    }),
  )

  it("has a file and a section in docs/cli.md for each command", () => {
    const files = readdirSync(path.join(ROOT, "cli/commands")).map((file) => path.basename(file, ".ts"))
    assert.sameMembers(files, COMMANDS)
    const sections = Array.from(PAGE.matchAll(/^## (\S+)$/gm), ([, name]) => name)
    assert.includeMembers(sections, COMMANDS)
  })

  it.effect.each(COMMANDS)("shows examples in the help of %s, and no flag that is not its own", (command) =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli([command, "--help"])
      assert.match(stdout, new RegExp(`^ {2}.*lambda-cache-extension ${command}`, "m"))
      assert.match(stdout, /^EXAMPLES$/m)
      assert.notMatch(stdout, /--(?:log-level|wizard|completions)/)
      assert.strictEqual(code, 0)
    }),
  )

  it.effect("prints its version", () =>
    Effect.gen(function* () {
      const { stdout } = yield* cli(["--version"])
      assert.strictEqual(stdout, `lambda-cache-extension v${VERSION}\n`)
    }),
  )

  const WRONG = [
    { args: ["valdate"], says: 'Unknown subcommand "valdate"' },
    { args: ["schema", "yaml"], says: 'Expected: "config" | "openapi" | "seed"' },
    { args: ["schema", "--log-level", "all"], says: "Unrecognized flag: --log-level" },
    { args: ["completions"], says: "Missing required argument: shell" },
    { args: ["policy", "--account", "12"], says: '"12". Expected: an account\'s twelve digits' },
    { args: ["policy", "--id", "shop"], says: '"shop". Expected: key=value' },
    { args: ["validate", "--memory", "5"], says: '"5". Expected a value between 128 and 32768' },
    { args: ["validate", "--memory", "x"], says: '"x". Expected: a number' },
    { args: ["cost", "--environments", "0"], says: '"0". Expected: a whole number of 1 or more' },
    { args: ["cost", "--prices", "missing.json"], says: '"missing.json". Expected: a file that exists' },
  ]
  it.effect.each(WRONG)("ends with 2 and says on stderr what is wrong with $args", ({ args, says }) =>
    Effect.gen(function* () {
      const { code, stderr, stdout } = yield* cli(args)
      assert.deepStrictEqual([code, stdout], [2, ""])
      assert.include(stderr, says)
      assert.match(stderr, /^See: lambda-cache-extension.* --help$/m)
    }),
  )

  it.effect.each(["bash", "zsh", "fish", "powershell"])("completes its commands in %s", (shell) =>
    Effect.gen(function* () {
      const { code, stdout } = yield* cli(["completions", shell])
      for (const command of COMMANDS) assert.include(stdout, command)
      assert.notInclude(stdout, "--completions")
      assert.strictEqual(code, 0)
    }),
  )

  it("completes a command in bash as soon as it is unique", () => {
    const script = `
      source <(${process.execPath} cli/bin.ts completions bash)
      COMP_WORDS=(lambda-cache-extension sche) COMP_CWORD=1 COMP_LINE="lambda-cache-extension sche"
      $(complete -p lambda-cache-extension | sed -E 's/.*-F ([^ ]+).*/\\1/')
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout } = spawnSync("bash", ["-c", script], { cwd: ROOT, encoding: "utf8" })
    assert.strictEqual(stdout.trim(), "schema")
  })

  it.effect("prints the files of schema/", () =>
    Effect.gen(function* () {
      const file = (name: string) => readFileSync(path.join(ROOT, "schema", name), "utf8")
      assert.strictEqual((yield* cli(["schema"])).stdout, file("config.schema.json"))
      assert.strictEqual((yield* cli(["schema", "config"])).stdout, file("config.schema.json"))
      assert.strictEqual((yield* cli(["schema", "openapi"])).stdout, file("openapi.json"))
      assert.strictEqual((yield* cli(["schema", "seed"])).stdout, file("seed.schema.json"))
    }),
  )

  it("ends quietly when the reader of its output goes", () => {
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", `set -o pipefail; ${process.execPath} cli/bin.ts schema openapi | head -c 1 > /dev/null`],
      { cwd: ROOT, encoding: "utf8" },
    )
    assert.deepStrictEqual([status, stderr], [0, ""])
  })
})

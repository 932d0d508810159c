/**
 * `read-ahead`, which stands between the launcher and the executable: it executes the program as the launcher would, after the
 * recorded ranges have been read. Its machine code is what an assembler makes of the text beside it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { chmodSync, writeFileSync } from "node:fs"
import path from "node:path"
import { cannotForget, resident } from "../../bench/support/conditions.ts"
import { ARCHITECTURES, HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { CODE, type Range, readAhead, recordedRanges } from "../../scripts/readAhead.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const has = (command: string): boolean => spawnSync(command, ["--version"]).status === 0
const hasAssembler = has("llvm-mc") && has("llvm-objcopy")
const MB = 1_048_576

/** A program beside `read-ahead`, which reads these ranges of it. */
const made = Effect.fnUntraced(function* (program: string, ranges: ReadonlyArray<Range>) {
  const folder = yield* folderOf({ program })
  const [command, target] = [path.join(folder, "read-ahead"), path.join(folder, "program")]
  if (HOST_ARCHITECTURE !== undefined) writeFileSync(command, readAhead(HOST_ARCHITECTURE, ranges))
  chmodSync(command, 0o755)
  chmodSync(target, 0o755)
  return { command, target, folder }
})

describe.skipIf(HOST_ARCHITECTURE === undefined)("read-ahead on this machine", () => {
  it.effect("executes the program with the other arguments, the environment, and leaves no file open", () =>
    Effect.gen(function* () {
      const program = `#!/bin/sh\necho "$1|$2|$VALUE|$(ls -l /proc/$$/fd | grep -c /program)"\n`
      const direct = yield* made(program, [])
      const { command, target } = yield* made(program, [[0, 10_000_000]])
      const options = { env: { PATH: "/usr/bin:/bin", VALUE: "a  b" }, encoding: "utf8" } as const
      const expected = spawnSync(direct.target, ["a name", ""], options)
      assert.match(expected.stdout, /^a name\|\|a {2}b\|\d/)
      const { status, stdout } = spawnSync(command, [target, "a name", ""], options)
      assert.deepStrictEqual([status, stdout], [0, expected.stdout])
    }),
  )

  it.effect("says so and ends with 126 if the program cannot be executed", () =>
    Effect.gen(function* () {
      const { command, folder } = yield* made("", [[0, 1]])
      const { status, stderr } = spawnSync(command, [path.join(folder, "none")], { encoding: "utf8" })
      assert.strictEqual(status, 126)
      assert.match(stderr, /^\[read-ahead\] ERROR the program cannot be executed; .*\n$/)
    }),
  )

  it.effect("has the ranges read, and little else", (context) =>
    Effect.gen(function* () {
      // The shell itself reads no further than to the end of the script's second line.
      const { command, target } = yield* made(`#!/bin/sh\nexit\n${"#".repeat(64 * MB)}`, [[48 * MB, 4 * MB]])
      spawnSync("sync", [target])
      const unable = cannotForget([target])
      context.skip(unable !== undefined, unable)
      spawnSync(command, [target])
      // The kernel may still read when the process has ended.
      for (let count = 0; count < 500 && resident([target]) < 4 * MB; count += 1);
      assert.isAtLeast(resident([target]), 4 * MB)
      assert.isBelow(resident([target]), 8 * MB)
    }),
  )
})

describe.each(ARCHITECTURES)("read-ahead for %s", (architecture) => {
  it("has ranges of the Bun that is embedded; `npm run bench:pages` records them", () => {
    const ranges = recordedRanges(architecture)
    assert.isAbove(ranges.length, 10)
    const bytes = ranges.reduce((total, [, length]) => total + length, 0)
    assert.isTrue(bytes > 20e6 && bytes < 60e6, `${bytes}`)
  })

  it.effect.skipIf(!hasAssembler)(
    `is the machine code of its assembly${skipped(!hasAssembler, "without LLVM's assembler")}`,
    () =>
      Effect.gen(function* () {
        const { lines } = CODE[architecture]
        const syntax = architecture === "x86_64" ? ".intel_syntax noprefix\n" : ""
        const text = lines.map(([, assembly]) => assembly.replace(/\/\/.*/, "")).join("\n")
        const folder = yield* folderOf({ "code.s": `${syntax}${text}\nranges:\n` })
        const [source, object, code] = ["code.s", "code.o", "code"].map((name) => path.join(folder, name))
        const arch = architecture === "x86_64" ? "x86-64" : "aarch64"
        const assembled = spawnSync("llvm-mc", [
          `--arch=${arch}`,
          "--filetype=obj",
          source ?? "",
          "-o",
          object ?? "",
        ])
        assert.strictEqual(assembled.status, 0, String(assembled.stderr))
        spawnSync("llvm-objcopy", ["-O", "binary", "-j", ".text", object ?? "", code ?? ""])
        const { stdout } = spawnSync("od", ["-An", "-v", "-tx1", code ?? ""], { encoding: "utf8" })
        assert.strictEqual(lines.map(([hex]) => hex).join(""), stdout.replaceAll(/\s/g, ""))
      }),
  )
})

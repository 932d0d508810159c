/** The command lines of `bench/` and `scripts/`: `--help` prints what there is, and what is wrong is said in words. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { text } from "node:stream/consumers"
import { choiceFault, COUNT, COUNTS, readOptions } from "../../scripts/options.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")

const BENCHES = readdirSync(path.join(ROOT, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => `bench/${name}`)
const SCRIPTS = ["fuzz", "layer", "mutate", "soak"].map((name) => `scripts/${name}.ts`)

/** Runs a script; gives its status and what it printed. */
const run = (file: string, ...options: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    const child = spawn(process.execPath, [file, ...options], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    })
    const status = new Promise<number | null>((resolve) => child.once("close", resolve))
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { status: await status, output, errors }
  })

describe.concurrent("a script or bench", () => {
  it.live.each([...BENCHES, ...SCRIPTS])("prints its options: %s --help", (file) =>
    Effect.gen(function* () {
      const { errors, output, status } = yield* run(file, "--help")
      assert.deepStrictEqual([status, errors], [0, ""])
      assert.include(output, "\nOptions:\n")
    }),
  )

  it.each([...BENCHES, ...SCRIPTS])("reads its command line as all do: %s", (file) => {
    const source = readFileSync(path.join(ROOT, file), "utf8")
    assert.match(source, /\bparseOptions\(/)
    assert.notMatch(source, /\bparseArgs\b|process\.argv(?!\[1\])/)
  })

  it.live("refuses an option that it does not have, in words", () =>
    Effect.gen(function* () {
      const { errors, output, status } = yield* run("bench/load.ts", "--odd")
      assert.deepStrictEqual([status, output], [2, ""])
      assert.match(errors, /^Unknown option '--odd'/)
      assert.include(errors, "\nOptions:\n")
      assert.notMatch(errors, /^ +at /m, "a stack trace")
    }),
  )

  it.live("refuses an architecture that there is not, and names those that there are", () =>
    Effect.gen(function* () {
      const { errors, output, status } = yield* run("bench/pages.ts", "--architecture", "mips")
      assert.deepStrictEqual([status, output], [2, ""])
      assert.strictEqual(errors, '--architecture: found "mips"; allowed: x86_64, arm64\n')
    }),
  )
})

describe("options", () => {
  const options = {
    runs: { type: "string", default: "15", check: COUNT, description: "Starts" },
    sizes: { type: "string", check: COUNTS, description: "Bytes" },
  } as const
  const read = (...args: ReadonlyArray<string>) => readOptions("Measures.", options, args)

  it("that choose from a list must choose something, and say what there is", () => {
    assert.strictEqual(
      choiceFault("--subject", [], ["Node bundle", "standalone"]),
      "--subject chooses none of:\n  Node bundle\n  standalone",
    )
    assert.isUndefined(choiceFault("--subject", ["standalone"], ["Node bundle", "standalone"]))
    assert.isUndefined(choiceFault("--subject", [], []), "nothing was built, which the bench says itself")
  })

  it("show their defaults in the help, where there are any", () => {
    const result = readOptions(
      "Measures.",
      { ...options, header: { type: "string", default: "", description: "Sent" } },
      ["--help"],
    )
    const help = "help" in result ? result.help : ""
    assert.match(help, /Starts \(default 15\)$/m)
    assert.match(help, /Bytes$/m)
    assert.match(help, /Sent$/m)
  })

  it("have their defaults, and what is given", () => {
    const result = read("--sizes", "1,20")
    assert.deepStrictEqual("values" in result ? { ...result.values } : result, { runs: "15", sizes: "1,20" })
  })

  it.each([
    [["--runs", "many"], "--runs: found many"],
    [["--sizes=1,,2"], "--sizes: found 1,,2"],
    [["--runs"], "argument missing"],
    [["more"], "Unexpected argument 'more'"],
  ])("that cannot be are a fault in words: %j", (args, words) => {
    const result = read(...args)
    assert.include("fault" in result ? result.fault : "", words)
  })
})

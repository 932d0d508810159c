/**
 * bench:lambda without an account: what it deploys, what it reads in the replies, and that it removes all that it created,
 * also if a call fails. The AWS CLI is a program that notes its calls. The functions run under AWS's own runtime client.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { invocationOf, reportIn, tableOf } from "../../bench/on-lambda/measured.ts"
import { planFault, subjectsOf } from "../../bench/on-lambda/plan.ts"
import { ROOT } from "../docs/markdown.ts"
import { temporaryFolder } from "../support/lambda.ts"

const OPTIONS = {
  prefix: "bench",
  runtimes: ["nodejs24.x", "python3.14"],
  memories: [128, 512],
  layers: ["none", "standalone", "node"],
}

describe("the functions of bench:lambda", () => {
  it("are one for each runtime, size and layer; the Node layer is only for Node", () => {
    const names = subjectsOf(OPTIONS).map(({ name }) => name)
    assert.strictEqual(names.length, 2 * 3 + 2 * 2)
    assert.include(names, "bench-nodejs24x-128-node")
    assert.notInclude(names, "bench-python314-128-node")
    assert.isUndefined(planFault(OPTIONS))
  })

  it.each([
    [{ runtimes: ["nodejs8.10"] }, "--runtimes: found nodejs8.10; allowed: nodejs24.x"],
    [{ layers: ["wasm"] }, "--layers: found wasm; allowed: none, standalone, node"],
    [{ memories: [64] }, "--memory: found 64; allowed: 128 to 10240 MB"],
  ])("are refused with what is allowed: %j", (wrong, message) => {
    assert.include(planFault({ ...OPTIONS, ...wrong }), message)
  })
})

const LINE = (more: string) =>
  `START RequestId: 1\nEND\nREPORT RequestId: 1\tDuration: 3.21 ms\tBilled Duration: 254 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t${more}\n`
const ANSWER = JSON.stringify({
  first: 20,
  second: 1,
  metrics: 'cache_extension_startup_seconds{step="ready"} 0.04\nprocess_resident_memory_bytes 5e7\n',
})

describe("the figures of an invocation", () => {
  it("are those of the REPORT line, of the function's answer and of the extension's metrics", () => {
    assert.deepStrictEqual(invocationOf(LINE("Init Duration: 250.12 ms\t"), ANSWER), {
      duration: 3.21,
      billed: 254,
      memoryUsed: 64,
      init: 250.12,
      first: 20,
      second: 1,
      registered: undefined,
      ready: 40,
      resident: 50,
    })
    assert.isUndefined(reportIn(LINE("")).init)
  })

  it("fail for a log without a REPORT line, and for an answer that is an error", () => {
    assert.throws(() => reportIn("START RequestId: 1\n"), "no REPORT line")
    assert.throws(() => invocationOf(LINE(""), '{"errorMessage":"x"}'))
  })

  it("are shown as medians, a row per function", () => {
    const [subject] = subjectsOf(OPTIONS)
    assert.isDefined(subject)
    const cold = [100, 300, 200].map((init) => invocationOf(LINE(`Init Duration: ${init} ms\t`), ANSWER))
    const text = tableOf([{ ...subject, cold, warm: [] }])
    assert.match(text, /nodejs24\.x, 128, none.* 200\.0 .* 3\.2 .* 20\.0 /)
  })
})

/** Runs the bench with the noting program as `aws`. */
const bench = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {},
) {
  const folder = yield* temporaryFolder
  mkdirSync(path.join(folder, "bin"))
  symlinkSync(path.join(import.meta.dirname, "fixtures/aws.mjs"), path.join(folder, "bin/aws"))
  const calls = path.join(folder, "calls")
  writeFileSync(calls, "")
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [path.join(ROOT, "bench/on-lambda.ts"), ...args, "--json", path.join(folder, "figures.json")],
    {
      encoding: "utf8",
      env: {
        PATH: [path.join(folder, "bin"), path.dirname(process.execPath), process.env["PATH"]].join(":"),
        CALLS: calls,
        ...variables,
      },
    },
  )
  return { status, stderr, stdout, folder, calls: readFileSync(calls, "utf8").trim().split("\n") }
})

const FEW = ["--runtimes", "python3.14", "--memory", "128", "--layers", "none", "--cold", "2", "--warm", "1"]

/** What is created, and what removes it. */
const OPPOSITES: ReadonlyArray<readonly [string, string]> = [
  ["ssm put-parameter", "ssm delete-parameter"],
  ["iam create-role", "iam delete-role"],
  ["iam put-role-policy", "iam delete-role-policy"],
  ["lambda create-function", "lambda delete-function"],
]

describe("bench:lambda", () => {
  it.live("measures each function, and removes all that it created", () =>
    Effect.gen(function* () {
      const { calls, folder, status, stderr, stdout } = yield* bench(FEW, { COLD: "yes" })
      assert.strictEqual(status, 0, stderr)
      assert.match(stdout, /python3\.14, 128, none .* 250\.5 /)
      const [measured] = JSON.parse(
        readFileSync(path.join(folder, "figures.json"), "utf8"),
      ) as ReadonlyArray<{
        readonly cold: ReadonlyArray<unknown>
      }>
      assert.strictEqual(measured?.cold.length, 4)
      for (const [made, removed] of OPPOSITES) {
        const count = (call: string) => calls.filter((line) => line.startsWith(`${call} `)).length
        assert.strictEqual(count(made), 1, made)
        assert.strictEqual(count(removed), 1, removed)
      }
    }),
  )

  it.live("removes what it created if a call fails, and names what cannot be removed", () =>
    Effect.gen(function* () {
      const failed = yield* bench(FEW, { FAIL_AT: "lambda invoke" })
      assert.strictEqual(failed.status, 1)
      assert.include(failed.stderr, "aws lambda invoke: An error occurred (TooManyRequestsException)")
      for (const [, removed] of OPPOSITES)
        assert.isTrue(
          failed.calls.some((line) => line.startsWith(`${removed} `)),
          removed,
        )
      const left = yield* bench(FEW, { FAIL_AT: "lambda delete-function" })
      assert.strictEqual(left.status, 1)
      assert.match(left.stderr, /Remove this yourself: the function cache-extension-bench-.*-none/)
      assert.isTrue(left.calls.some((line) => line.startsWith("iam delete-role ")))
    }),
  )

  it.live("prints its calls with --dry-run, and makes none", () =>
    Effect.gen(function* () {
      const { calls, status, stdout } = yield* bench(["--dry-run", "--memory", "128", "--cold", "1"])
      assert.deepStrictEqual([status, calls], [0, [""]])
      assert.match(stdout, /^aws lambda create-function .*--runtime python3\.14/m)
      assert.match(
        stdout,
        /^aws lambda publish-layer-version .*-node --zip-file fileb:.*cache-extension-node\.zip$/m,
      )
      assert.match(stdout, /^aws iam delete-role /m)
    }),
  )
})

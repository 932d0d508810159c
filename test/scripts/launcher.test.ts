/**
 * The launcher alone, in front of a program that prints its environment: what passes, what does not, under every shell
 * that may be /bin/sh.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdirSync } from "node:fs"
import path from "node:path"
import { folderOf } from "../support/lambda.ts"

const LAUNCHER = path.resolve(import.meta.dirname, "../../scripts/launcher.sh")
const CANNOT_RUN = path.resolve(import.meta.dirname, "../../scripts/cannotRun.sh")
const PATH = "/usr/bin:/bin"

/** Shells by the program and the name it is called by, which says how it is to behave. /bin/sh of Lambda is bash. */
const SHELLS = [
  { shell: "dash", argv0: "sh" },
  { shell: "bash", argv0: "sh" },
  { shell: "bash", argv0: "bash" },
  { shell: "busybox", argv0: "sh" },
].filter(({ argv0, shell }) => spawnSync(shell, ["-c", "true"], { argv0, env: { PATH } }).status === 0)

/** Prints arguments, the limit of core dumps, then the environment, each part ended by a NUL. */
const PROGRAM = String.raw`#!/bin/sh
printf '%s\0' "$*" "$(ulimit -c)"
exec env -0
`

/** What the launcher tells Bun's collector and compiler. */
const BUN_LIMITS = {
  BUN_JSC_forceRAMSize: "67108864",
  BUN_JSC_thresholdForJITAfterWarmUp: "20000",
  BUN_JSC_thresholdForJITSoon: "20000",
  BUN_JSC_useWarmUpMarkedBlocks: "0",
  BUN_GC_TIMER_DISABLE: "1",
}

/** What the program got behind the launcher in a tree like the standalone's, or like the Node layer's. */
const launched = Effect.fnUntraced(function* (
  { argv0, shell }: (typeof SHELLS)[number],
  variables: Readonly<Record<string, string>>,
  tree: "standalone" | "node" = "standalone",
) {
  const folder = yield* folderOf(
    tree === "node"
      ? { "bin/node": PROGRAM, "cache-extension/main.cjs": "" }
      : { "cache-extension/cache-extension": PROGRAM },
  )
  chmodSync(path.join(folder, tree === "node" ? "bin/node" : "cache-extension/cache-extension"), 0o755)
  mkdirSync(path.join(folder, "extensions"))
  const launcher = path.join(folder, "extensions/a name")
  copyFileSync(LAUNCHER, launcher)
  copyFileSync(CANNOT_RUN, path.join(folder, "cache-extension/cannot-run.sh"))
  const env = { PATH: `${folder}/bin:${PATH}`, ...variables }
  const { status, stderr, stdout } = spawnSync(shell, [launcher], { argv0, env, encoding: "utf8" })
  assert.deepStrictEqual({ status, stderr }, { status: 0, stderr: "" })
  const [args = "", coreLimit, ...environment] = stdout.split("\0")
  const shellsOwn = new Set(["PATH", "PWD", "OLDPWD", "SHLVL", "_"])
  const passed = environment
    .filter((entry) => entry !== "")
    .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)] as const)
    .filter(([name]) => !shellsOwn.has(name))
  return { args: args.replace(folder, ""), coreLimit, passed: Object.fromEntries(passed) }
})

/** Of every family that a runtime looks at. */
const RUNTIMES = {
  BUN_OPTIONS: "--preload x",
  BUN_BE_BUN: "1",
  BUN_INSPECT: "1",
  BUN_INSPECT_PRELOAD: "x",
  BUN_CONFIG_VERBOSE_FETCH: "curl",
  BUN_JSC_useJIT: "nonsense",
  BUN_FEATURE_FLAG_DISABLE_IPV4: "1",
  BUN_CRASH_REPORT_URL: "http://example.invalid",
  JSC_SIGNAL_FOR_GC: "1",
  NODE_OPTIONS: "--require x",
  NODE_PATH: "/x",
  NODE_DEBUG: "http",
  NODE_V8_COVERAGE: "/x",
  NODE_COMPILE_CACHE: "/x",
  NODE_CHANNEL_FD: "3",
  NODE_USE_ENV_PROXY: "1",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_EXTRA_CA_CERTS: "/x",
  NODE_REDIRECT_WARNINGS: "/x",
  UV_THREADPOOL_SIZE: "1",
  MIMALLOC_VERBOSE: "3",
  OPENSSL_CONF: "/x",
  SSL_CERT_FILE: "/x",
  SSL_CERT_DIR: "/x",
}

const PLAIN_PROXIES = {
  HTTP_PROXY: "http://p",
  http_proxy: "http://p",
  ALL_PROXY: "http://p",
  all_proxy: "p",
}

/** What is Lambda's, the extension's, or no harm. */
const OTHERS = {
  AWS_SESSION_TOKEN: "a token/with+signs==",
  AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001",
  CACHE_EXTENSION_TTL: "30s",
  HTTPS_PROXY: "http://p",
  NO_PROXY: "example.com",
  TZ: ":UTC",
  MY_NODE_OPTIONS: "mine",
  BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS: "0",
  QUOTES: `it's "quoted" $HOME \`id\` \\ * ?`,
  LINES: "one\nexport NODE_LINE=1\nexport BUN_odd name=2\nexport TZ=3",
}

it("is tried under some shell at least", () => {
  assert.isNotEmpty(SHELLS)
})

describe.each(SHELLS)("the launcher under $shell, called $argv0", (shell) => {
  it.effect("passes its own file name and every variable that is not a runtime's", () =>
    Effect.gen(function* () {
      const { args, passed } = yield* launched(shell, { ...RUNTIMES, ...PLAIN_PROXIES, ...OTHERS })
      assert.strictEqual(args, "a name")
      assert.deepStrictEqual(passed, { ...OTHERS, ...BUN_LIMITS })
    }),
  )

  it.effect.each(["128", "1024", "10240"])(
    "limits the heaps of both runtimes in a function of %s MiB, whatever memory the machine has",
    (memory) =>
      Effect.gen(function* () {
        const variables = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory }
        const { args } = yield* launched(shell, variables, "node")
        assert.include(args, `--v8-pool-size=1 --max-semi-space-size=1 --max-old-space-size=${memory} /`)
        const { passed } = yield* launched(shell, variables)
        assert.deepStrictEqual(passed, { ...variables, ...BUN_LIMITS })
      }),
  )

  it.effect.each(["", "0", "064", "128 MB", "-128", "1".repeat(40), "$(id)", "*"])(
    "leaves the old objects of Node alone where the function's memory is no number: %s",
    (memory) =>
      Effect.gen(function* () {
        const variables = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory }
        assert.deepStrictEqual((yield* launched(shell, variables)).passed, { ...variables, ...BUN_LIMITS })
        const { args } = yield* launched(shell, variables, "node")
        assert.include(args, "--max-semi-space-size=1 /")
      }),
  )

  it.effect("is not misled by a variable that only bash would set", () =>
    Effect.gen(function* () {
      const { passed } = yield* launched(shell, { ...RUNTIMES, BASH_VERSION: "5" })
      assert.sameMembers(Object.keys(passed), ["BASH_VERSION", ...Object.keys(BUN_LIMITS)])
    }),
  )

  it.effect("forbids core dumps, which would hold every value", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* launched(shell, {})).coreLimit, "0")
    }),
  )

  it.effect("hands over what is meant for the extension, options for Node where there is Node", () =>
    Effect.gen(function* () {
      const meant = { CACHE_EXTENSION_EXTRA_CA_CERTS: "/ca", CACHE_EXTENSION_NODE_OPTIONS: "--a --b" }
      const standalone = yield* launched(shell, { ...RUNTIMES, ...meant })
      assert.deepStrictEqual(standalone.passed, { ...meant, ...BUN_LIMITS, NODE_EXTRA_CA_CERTS: "/ca" })
      const node = yield* launched(shell, { ...RUNTIMES, ...meant }, "node")
      assert.match(node.args, /cache-extension\/main\.cjs a name$/)
      assert.deepStrictEqual(node.passed, {
        ...meant,
        ...BUN_LIMITS,
        NODE_EXTRA_CA_CERTS: "/ca",
        NODE_OPTIONS: "--v8-pool-size=1 --max-semi-space-size=1 --a --b",
      })
    }),
  )

  it.effect("lets Node take the memory that its options for the extension name", () =>
    Effect.gen(function* () {
      const { args, passed } = yield* launched(
        shell,
        {
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
          CACHE_EXTENSION_NODE_OPTIONS: "--max-old-space-size=64",
        },
        "node",
      )
      assert.notInclude(args, "--max-")
      assert.match(passed["NODE_OPTIONS"] ?? "", /--max-old-space-size=128 --max-old-space-size=64$/)
    }),
  )
})

/**
 * The standalone layer in images that it cannot run in: without glibc, or for another processor under a shell that is not bash.
 * In Lambda's own environments /bin/sh is bash and glibc is there (cannotRun.test.ts); an image may be Alpine's or Debian's.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { text } from "node:stream/consumers"
import { HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { readAhead } from "../../scripts/readAhead.ts"
import { extensionsApi } from "../support/initErrors.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

const ROOT = path.resolve(import.meta.dirname, "../..")
const LAUNCHER = readFileSync(path.join(ROOT, "scripts/launcher.sh"), "utf8")
const CANNOT_RUN = readFileSync(path.join(ROOT, "scripts/cannotRun.sh"), "utf8")

/** The launcher's test for glibc. */
const LOADER = /\/lib(?:64)?\/ld-linux-[\w-]+\.so\.\d/g

const whereIs = (program: string): string | undefined => {
  const { status, stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}
const BUSYBOX = whereIs("busybox")

/** A layer's tree below a folder. */
const layerIn = Effect.fnUntraced(function* (launcher: string, program: string | Buffer) {
  const folder = yield* folderOf({
    "opt/extensions/my-cache": launcher,
    "opt/cache-extension/cannot-run.sh": CANNOT_RUN,
  })
  const executable = path.join(folder, "opt/cache-extension/cache-extension")
  writeFileSync(executable, program)
  for (const file of [path.join(folder, "opt/extensions/my-cache"), executable]) chmodSync(file, 0o755)
  return folder
})

const ended = (child: ChildProcess) =>
  Effect.promise(async () => {
    const [stderr, [status]] = await Promise.all([child.stderr && text(child.stderr), once(child, "exit")])
    return { stderr: stderr ?? "", status }
  })

/** Starts the launcher under a shell; `path` is where programs are found. */
const launched = (shell: string, folder: string, api: string, PATH = process.env["PATH"]) =>
  ended(
    spawn(shell, [path.join(folder, "opt/extensions/my-cache")], {
      argv0: "sh",
      env: { PATH, AWS_LAMBDA_RUNTIME_API: api },
      stdio: ["ignore", "ignore", "pipe"],
    }),
  )

const GLIBC =
  /^\[my-cache\] ERROR the program needs glibc 2\.17 or newer, and this image has none, as those of Alpine: use a base image with glibc/

describe.each(["sh", "bash", "dash", "busybox"].filter((shell) => whereIs(shell) !== undefined))(
  "under %s, an image without glibc",
  (shell) => {
    it.live("is told apart from a wrong layer, in the log and by init/error", () =>
      Effect.gen(function* () {
        const { address, reports } = yield* extensionsApi
        assert.lengthOf(LAUNCHER.match(LOADER) ?? [], 2)
        const folder = yield* layerIn(LAUNCHER.replaceAll(LOADER, "/no/such/loader"), "#!/bin/sh\nexit 0\n")
        const { status, stderr } = yield* launched(shell, folder, address)
        assert.strictEqual(status, 1)
        assert.match(stderr, GLIBC)
        assert.deepStrictEqual(
          reports.map(({ path: call, type }) => [call, type]),
          [
            ["register", undefined],
            ["init/error", "Extension.GlibcMissing"],
          ],
        )
        assert.strictEqual(stderr, `[my-cache] ERROR ${reports[1]?.body.errorMessage}\n`)
      }),
    )
  },
)

describe.skipIf(whereIs("dash") === undefined || whereIs("bash") === undefined)(
  "under dash, Debian's shell",
  () => {
    it.live("a program for another processor is reported by init/error, through bash", () =>
      Effect.gen(function* () {
        const { address, reports } = yield* extensionsApi
        const folder = yield* layerIn(LAUNCHER, "\u007FELF\u0002\u0001\u0001\u0000\u0000\u0000")
        const { status, stderr } = yield* launched("dash", folder, address)
        assert.strictEqual(status, 1)
        assert.match(stderr, /\[my-cache\] ERROR the program cannot be executed on this machine/)
        assert.deepInclude(reports[1], {
          path: "init/error",
          identifier: "id-1",
          type: "Extension.WrongLayer",
        })
      }),
    )
  },
)

/** Whether a folder can be the root of a process: what an image's file system is. */
const canChroot =
  BUSYBOX !== undefined &&
  HOST_ARCHITECTURE !== undefined &&
  spawnSync("ldd", [BUSYBOX]).status !== 0 &&
  spawnSync("chroot", ["/", "true"]).status === 0

describe("in a root file system of busybox alone, which has neither glibc nor bash", () => {
  it.live.skipIf(!canChroot)(
    `the executable's missing loader is reported by init/error, through nc${skipped(!canChroot, "without a static busybox, or rights to chroot")}`,
    () =>
      Effect.gen(function* () {
        const { address, reports } = yield* extensionsApi
        // A program of the same kind: glibc's loader starts it.
        const folder = yield* layerIn(LAUNCHER, readFileSync(whereIs("env") ?? ""))
        if (HOST_ARCHITECTURE !== undefined) {
          const file = path.join(folder, "opt/cache-extension/read-ahead")
          writeFileSync(file, readAhead(HOST_ARCHITECTURE, []), { mode: 0o755 })
        }
        mkdirSync(path.join(folder, "bin"))
        mkdirSync(path.join(folder, "dev"))
        writeFileSync(path.join(folder, "dev/null"), "")
        copyFileSync(BUSYBOX ?? "", path.join(folder, "bin/busybox"))
        for (const name of ["sh", "uname", "nc"]) symlinkSync("busybox", path.join(folder, "bin", name))
        const { status, stderr } = yield* ended(
          spawn("chroot", [folder, "/opt/extensions/my-cache"], {
            env: { PATH: "/usr/bin:/usr/sbin:/bin", AWS_LAMBDA_RUNTIME_API: address },
            stdio: ["ignore", "ignore", "pipe"],
          }),
        )
        assert.strictEqual(status, 1, stderr)
        assert.match(stderr, GLIBC)
        assert.deepInclude(reports[1], {
          path: "init/error",
          identifier: "id-1",
          type: "Extension.GlibcMissing",
        })
      }),
  )
})

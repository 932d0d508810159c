/**
 * Packages that are fetched from the npm registry: only with the pinned content, all at once or not at all, and with npm's own
 * words if it fails. npm is a stand-in here; `npm run test:slow` fetches from the real registry.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fetchPackage } from "../../scripts/npmPackage.ts"
import { temporaryFolder } from "../support/lambda.ts"

/** An archive as npm packs it, an npm that writes it, and what package-lock.json would pin. */
const registryIn = (folder: string) => {
  mkdirSync(path.join(folder, "package/bin"), { recursive: true })
  writeFileSync(path.join(folder, "package/bin/tool"), "tool")
  const archive = path.join(folder, "tool.tgz")
  execFileSync("tar", ["-czf", archive, "-C", folder, "package"])
  const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`
  return { npm: npmIn(folder, `cp "${archive}" .`), pinned: { name: "tool", version: "1.2.3", integrity } }
}

/** A command in place of npm. */
const npmIn = (folder: string, script: string): string => {
  const npm = path.join(folder, "npm")
  writeFileSync(npm, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return npm
}

/** Why a package was not fetched. */
const refusal = (...args: Parameters<typeof fetchPackage>) =>
  Effect.flip(
    Effect.tryPromise({ try: () => fetchPackage(...args), catch: (cause) => (cause as Error).message }),
  )

describe("a package from the npm registry", () => {
  it.live("is unpacked where it was asked for, and nothing else is left", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { npm, pinned } = registryIn(folder)
      const target = path.join(folder, "cache/tool")
      yield* Effect.promise(() => fetchPackage(pinned, target, { npm }))
      assert.strictEqual(readFileSync(path.join(target, "bin/tool"), "utf8"), "tool")
      assert.deepStrictEqual(readdirSync(path.join(folder, "cache")), ["tool"])
    }).pipe(Effect.scoped),
  )

  it.live("may be fetched by several processes at once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { npm, pinned } = registryIn(folder)
      const target = path.join(folder, "cache/tool")
      yield* Effect.promise(() =>
        Promise.all(Array.from({ length: 3 }, () => fetchPackage(pinned, target, { npm }))),
      )
      assert.deepStrictEqual(readdirSync(path.join(folder, "cache")), ["tool"])
    }).pipe(Effect.scoped),
  )

  it.live("is refused if its content is not the pinned one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { npm, pinned } = registryIn(folder)
      const target = path.join(folder, "cache/tool")
      const message = yield* refusal({ ...pinned, integrity: "sha512-other" }, target, { npm })
      assert.include(message, "expected sha512-other, got sha512-")
      assert.isFalse(existsSync(target))
      assert.deepStrictEqual(readdirSync(path.join(folder, "cache")), [])
    }).pipe(Effect.scoped),
  )

  it.live("that npm cannot fetch is reported in npm's words", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const words = "npm error code ENOTFOUND\nnpm error network getaddrinfo ENOTFOUND registry.npmjs.org"
      const npm = npmIn(folder, `echo "${words}" >&2; exit 1`)
      const message = yield* refusal({ name: "t", version: "1.0.0", integrity: "" }, `${folder}/t`, { npm })
      assert.strictEqual(
        message,
        "npm pack failed: code ENOTFOUND; network getaddrinfo ENOTFOUND registry.npmjs.org",
      )
    }).pipe(Effect.scoped),
  )

  it.live("needs npm, which a message says", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const npm = path.join(folder, "no-npm")
      const message = yield* refusal({ name: "t", version: "1.0.0", integrity: "" }, `${folder}/t`, { npm })
      assert.include(message, "no-npm is not on PATH")
    }).pipe(Effect.scoped),
  )
})

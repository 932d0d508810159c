/**
 * The layer as `sam build` makes it: a scratch copy of the small folder, make with the original Makefile and
 * ARTIFACTS_DIR, and then the tree. What make finds is a repository of the test's own, with the real sam/ in it.
 */
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import path from "node:path"
import process from "node:process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../support/lambda.ts"
import { isOnPath } from "./onPath.ts"
import { readTemplate, resourcesOf, ROOT, SAM } from "./template.ts"
import { skipped } from "../support/skipped.ts"

const LAYERS = resourcesOf(readTemplate(), "AWS::Serverless::LayerVersion").map(([id, { Properties }]) => {
  const [architecture] = Properties["CompatibleArchitectures"] as ReadonlyArray<string>
  return { id, architecture: String(architecture), contentUri: String(Properties["ContentUri"]) }
})

const LAUNCHER = "extensions/cache-extension"

/** A repository with sam/ as it is; its path has a blank in it, as that of a user may. */
const repository = Effect.map(temporaryFolder, (folder) => {
  const root = path.join(folder, "my clone")
  mkdirSync(root)
  cpSync(SAM, path.join(root, "sam"), {
    recursive: true,
    filter: (source) => path.basename(source) !== ".aws-sam",
  })
  for (const source of ["src", "scripts"]) {
    mkdirSync(path.join(root, source))
    writeFileSync(path.join(root, source, "program.ts"), "")
  }
  writeFileSync(path.join(root, "package-lock.json"), "{}")
  return root
})

/** A tree as `npm run build` writes it. */
const writeTree = (root: string, architecture: string): void => {
  for (const file of [LAUNCHER, "cache-extension/cache-extension"]) {
    const target = path.join(root, "dist", architecture, file)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, `#!/bin/sh\necho ${architecture}\n`)
    chmodSync(target, 0o755)
  }
}

/** An npm that writes down what it was asked, and builds as ours does unless it is told to fail. */
const fakeNpm = (root: string, script: string): string => {
  const bin = path.join(root, "bin")
  mkdirSync(bin)
  writeFileSync(path.join(bin, "npm"), `#!/bin/sh\necho "$@" >> "${root}/npm.log"\n${script}\n`)
  chmodSync(path.join(bin, "npm"), 0o755)
  return bin
}

const npmCalls = (root: string): ReadonlyArray<string> => {
  const log = path.join(root, "npm.log")
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []
}

const BUILD = `case $1 in run) mkdir -p dist/$4/extensions && echo built > dist/$4/${LAUNCHER} && chmod 755 dist/$4/${LAUNCHER} ;; esac`

interface Made {
  readonly status: number | null
  readonly stderr: string
  readonly artifacts: string
}

/** Runs a target as aws-lambda-builders does (its workflow `custom_make`). */
const samMake = Effect.fnUntraced(function* (
  root: string,
  target: string,
  {
    bin,
    environment = {},
    umask = "022",
  }: {
    readonly bin?: string
    readonly environment?: Record<string, string>
    readonly umask?: string
  } = {},
) {
  const scratch = yield* temporaryFolder
  const content = path.join(root, "sam/layer")
  cpSync(content, scratch, { recursive: true })
  const artifacts = path.join(scratch, "build", target)
  mkdirSync(artifacts, { recursive: true })
  const make = ["make", "--makefile", path.join(content, "Makefile"), `build-${target}`]
  const { status, stderr } = spawnSync("sh", ["-c", `umask ${umask}; exec "$@"`, "sh", ...make], {
    cwd: scratch,
    encoding: "utf8",
    env: {
      ...process.env,
      PATH: `${bin === undefined ? "" : `${bin}${path.delimiter}`}${process.env["PATH"] ?? ""}`,
      ARTIFACTS_DIR: artifacts,
      ...environment,
    },
  })
  return { status, stderr, artifacts } satisfies Made
})

const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted()

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)

const hasMake = isOnPath("make")

describe.skipIf(!hasMake)(`the layer by \`sam build\`${skipped(!hasMake, "without make on PATH")}`, () => {
  it("is built from a folder that is small to copy", () => {
    for (const { contentUri } of LAYERS)
      assert.deepStrictEqual(filesOf(path.join(SAM, contentUri)), ["Makefile"])
    assert.deepStrictEqual(LAYERS.map(({ architecture }) => architecture).toSorted(), ["arm64", "x86_64"])
  })

  for (const { architecture, id } of LAYERS) {
    const isBuilt = existsSync(path.join(ROOT, "dist", architecture, LAUNCHER))
    const because = isBuilt ? "" : ` (skipped: dist/${architecture} is not built)`

    it.effect.skipIf(!isBuilt)(`is what npm run build wrote for ${architecture}${because}`, () =>
      Effect.gen(function* () {
        const root = yield* repository
        symlinkSync(path.join(ROOT, "dist"), path.join(root, "dist"))
        // Older than what is built, whenever that was.
        for (const file of ["src/program.ts", "scripts/program.ts", "package-lock.json"]) {
          utimesSync(path.join(root, file), 0, 0)
        }
        const made = yield* samMake(root, id)
        assert.strictEqual(made.status, 0, made.stderr)
        assert.deepStrictEqual(filesOf(made.artifacts), filesOf(path.join(ROOT, "dist", architecture)))
        assert.deepStrictEqual(readdirSync(path.join(made.artifacts, "extensions")), ["cache-extension"])
        for (const file of filesOf(made.artifacts)) {
          // Read, by the launcher, the program or people; everything else is executed.
          const isRead = /(?:NOTICES|cannot-run\.sh|providers\.cjs)$/.test(file)
          const expected = isRead ? "644" : "755"
          assert.strictEqual(modeOf(path.join(made.artifacts, file)), expected, file)
        }
      }).pipe(Effect.scoped),
    )

    it.effect(`is that of ${architecture} alone in the layer for ${architecture}`, () =>
      Effect.gen(function* () {
        const root = yield* repository
        for (const other of ["arm64", "x86_64"]) writeTree(root, other)
        const made = yield* samMake(root, id)
        assert.strictEqual(made.status, 0, made.stderr)
        assert.include(readFileSync(path.join(made.artifacts, LAUNCHER), "utf8"), `echo ${architecture}\n`)
      }).pipe(Effect.scoped),
    )
  }

  const target = "CacheExtensionLayerArm64"

  it.effect("can be read and executed by Lambda's user whatever the umask is", () =>
    Effect.gen(function* () {
      const root = yield* repository
      writeTree(root, "arm64")
      const { artifacts } = yield* samMake(root, target, { umask: "077" })
      assert.strictEqual(modeOf(path.join(artifacts, LAUNCHER)), "755")
      assert.strictEqual(modeOf(path.join(artifacts, "cache-extension")), "755")
    }).pipe(Effect.scoped),
  )

  it.effect("is installed and built first on a fresh clone", () =>
    Effect.gen(function* () {
      const root = yield* repository
      const bin = fakeNpm(root, BUILD)
      const made = yield* samMake(root, target, { bin })
      assert.strictEqual(made.status, 0, made.stderr)
      assert.deepStrictEqual(npmCalls(root), ["install", "run build -- arm64"])
      assert.strictEqual(readFileSync(path.join(made.artifacts, LAUNCHER), "utf8"), "built\n")
    }).pipe(Effect.scoped),
  )

  it.effect("is built anew when a source is newer, and not otherwise", () =>
    Effect.gen(function* () {
      const root = yield* repository
      const bin = fakeNpm(root, BUILD)
      mkdirSync(path.join(root, "node_modules"))
      writeTree(root, "arm64")
      yield* samMake(root, target, { bin })
      assert.deepStrictEqual(npmCalls(root), [])
      utimesSync(path.join(root, "dist/arm64", LAUNCHER), 1, 1)
      yield* samMake(root, target, { bin })
      assert.deepStrictEqual(npmCalls(root), ["run build -- arm64"])
    }).pipe(Effect.scoped),
  )

  it.effect("is refused, with what npm said, when the build fails", () =>
    Effect.gen(function* () {
      const root = yield* repository
      const bin = fakeNpm(root, "echo no such thing; exit 7")
      const made = yield* samMake(root, target, { bin })
      assert.notStrictEqual(made.status, 0)
      assert.include(made.stderr, "no such thing")
      assert.include(made.stderr, `npm install failed in ${root}`)
      assert.deepStrictEqual(filesOf(made.artifacts), [])
    }).pipe(Effect.scoped),
  )

  it.effect("is refused with a way out where there is neither a build nor npm", () =>
    Effect.gen(function* () {
      const root = yield* repository
      const tools = path.join(root, "tools")
      mkdirSync(tools)
      for (const tool of ["sh", "make", "dirname", "find"]) {
        symlinkSync(path.join("/usr/bin", tool), path.join(tools, tool))
      }
      const made = yield* samMake(root, target, { environment: { PATH: tools } })
      assert.notStrictEqual(made.status, 0)
      assert.include(made.stderr, "npm is not on PATH. Install Node.js 20 or newer")
    }).pipe(Effect.scoped),
  )

  it.effect("is refused with a way out in a container that sees the folder alone", () =>
    Effect.gen(function* () {
      const root = yield* repository
      const made = yield* samMake(root, target, { environment: { CACHE_EXTENSION_ROOT: "/nowhere" } })
      assert.notStrictEqual(made.status, 0)
      assert.include(made.stderr, "The repository is not at /nowhere")
      assert.include(made.stderr, "set CACHE_EXTENSION_ROOT")
    }).pipe(Effect.scoped),
  )
})

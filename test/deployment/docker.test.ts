/**
 * The Dockerfiles in docker/: linted, and built by buildah where it is on PATH. Only the images that they start from are left out,
 * because a test fetches none: what a build puts into them is what Lambda finds below /opt.
 */
import { assert, describe, it } from "@effect/vitest"
import { validate } from "dockerfile-utils"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "../../scripts/bundle.ts"
import { HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { folderOf, temporaryFolder } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"
import { isOnPath } from "../sam/onPath.ts"

const DOCKER = path.join(ROOT, "docker")
const FILES = readdirSync(DOCKER).filter((file) => file.endsWith("Dockerfile"))
const textOf = (file: string): string => readFileSync(path.join(DOCKER, file), "utf8")

const isRoot = process.getuid?.() === 0
const canBuild = isOnPath("buildah") && isRoot
const because = skipped(!canBuild, "without buildah on PATH and the rights of root")

/** The files of an image with their modes, as `755 opt/extensions/cache-extension`. */
const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${(statSync(file).mode & 0o777).toString(8)} ${path.relative(folder, file)}`)
    .toSorted()

/** A store of images that only this test uses. */
const builder = Effect.map(temporaryFolder, (folder) => {
  const where = ["--root", `${folder}/store`, "--runroot", `${folder}/run`, "--storage-driver", "vfs"]
  const buildah = (...args: ReadonlyArray<string>): string =>
    execFileSync("buildah", [...where, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim()
  const build = (file: string, tag: string, context: string, ...options: ReadonlyArray<string>) =>
    buildah("bud", "--isolation", "chroot", ...options, "-f", file, "-t", tag, context)
  /** The files in an image. */
  const contents = (tag: string): ReadonlyArray<string> => {
    const container = buildah("from", "--pull-never", tag)
    try {
      return filesBelow(buildah("mount", container))
    } finally {
      buildah("rm", container)
    }
  }
  return { build, contents }
})

/** Files of a layer below /opt, as an image must have them. */
const expected = (tree: string): ReadonlyArray<string> =>
  filesBelow(path.join(ROOT, "dist", tree)).map((line) => line.replace(" ", " opt/"))

describe("the Dockerfiles", () => {
  it.each(FILES)("are free of findings by dockerfile-utils: %s", (file) => {
    assert.deepStrictEqual(
      validate(textOf(file)).map(({ message, range }) => `${range.start.line + 1}: ${message}`),
      [],
    )
  })

  it("are those that the pages on containers and on agents show", () => {
    const page = ["deploy-containers", "agent"]
      .map((name) => readFileSync(path.join(ROOT, `docs/${name}.md`), "utf8"))
      .join("")
    for (const file of FILES) {
      const body = textOf(file).replace(/^(?:#.*\n)+\n/, "")
      assert.include(page, `\`\`\`dockerfile\n${body}\`\`\``, file)
    }
  })
})

describe("an image with the extension", () => {
  it.effect.skipIf(!canBuild || HOST_ARCHITECTURE === undefined)(
    `has the layer's files below /opt with their modes, and so has the image of a function${because}`,
    () =>
      Effect.gen(function* () {
        const { build, contents } = yield* builder
        const tree = HOST_ARCHITECTURE ?? "x86_64"
        const platform = `linux/${tree === "arm64" ? "arm64" : "amd64"}`
        const context = yield* folderOf({ "app.py": "", "config.yaml": "" })
        const dist = path.join(ROOT, "dist")
        const file = path.join(DOCKER, "extension.Dockerfile")
        // Builders make the other stages too if they are old, so they need the other layer's folder.
        build(file, "cache-extension:arm64", dist, "--platform", platform)
        assert.deepStrictEqual(contents("cache-extension:arm64"), expected(tree))

        const fn = yield* folderOf({
          Dockerfile: textOf("function.Dockerfile").replace(
            /^FROM public.*/m,
            "FROM scratch\nENV LAMBDA_TASK_ROOT=/var/task",
          ),
        })
        build(path.join(fn, "Dockerfile"), "function", context, "--platform", platform)
        assert.deepStrictEqual(
          contents("function"),
          [...expected(tree), "644 var/task/app.py", "644 var/task/config.yaml"].toSorted(),
        )
      }),
  )

  it.effect.skipIf(!canBuild)(`of the target node has the Node layer${because}`, () =>
    Effect.gen(function* () {
      const { build, contents } = yield* builder
      build(path.join(DOCKER, "extension.Dockerfile"), "node", path.join(ROOT, "dist"), "--target", "node")
      assert.deepStrictEqual(contents("node"), expected("node"))
    }),
  )
})

it("hadolint finds nothing in the Dockerfiles, where it is on PATH", (context) => {
  context.skip(!isOnPath("hadolint"), "without hadolint on PATH")
  for (const file of FILES) {
    const { status, stdout } = spawnSync("hadolint", [path.join(DOCKER, file)], { encoding: "utf8" })
    assert.deepStrictEqual([status, stdout], [0, ""], file)
  }
})

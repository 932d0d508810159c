/**
 * The hook of `.pre-commit-hooks.yaml` under the real `pre-commit`, where a machine has it: in a repository that has the package
 * installed and the configuration of docs/cli.md (`npm run test:packages`).
 */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { VERSION } from "../../src/observability/version.ts"
import { blocksOf, ROOT, textOf } from "../docs/markdown.ts"
import { pack, projectWith, runIn } from "../support/packages.ts"
import { skipped } from "../support/skipped.ts"

const HOOKS = ".pre-commit-hooks.yaml"
const isMissing = spawnSync("pre-commit", ["--version"]).status !== 0

const VALID = "parameters:\n  - names: [A]\n"
const FAULTY = `${VALID}    ttl: 5\n`

/** A commit of everything in a folder. */
const commitIn = async (folder: string): Promise<void> => {
  await runIn(folder, "git", "init", "--quiet")
  await runIn(folder, "git", "add", ".")
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
  await runIn(folder, "git", ...author, "commit", "--quiet", "--no-verify", "--message", "test")
}

/** A repository with the hook at the tag of this version. */
const hookRepository = async (): Promise<string> => {
  const folder = mkdtempSync(path.join(tmpdir(), "hook-"))
  copyFileSync(path.join(ROOT, HOOKS), path.join(folder, HOOKS))
  await commitIn(folder)
  await runIn(folder, "git", "tag", `v${VERSION}`)
  return folder
}

describe.skipIf(isMissing)(`the hook${skipped(isMissing, "without pre-commit on PATH")}`, () => {
  it("lets a commit pass if each config.yaml in it is valid, and else shows the faults", async () => {
    const shown = blocksOf(textOf("docs/cli.md"), "yaml").find((block) => block.startsWith("repos:")) ?? ""
    const project = await projectWith(
      {
        ".gitignore": "node_modules\n",
        ".pre-commit-config.yaml": shown.replace(/(?<=repo: ).*/, await hookRepository()),
        "functions/a/config.yaml": VALID,
        // `files` leaves this one out.
        "other/config.yaml": FAULTY,
      },
      (await pack()).archive,
    )
    await commitIn(project)
    // npx takes the package that is installed; offline, it could get no other.
    const home = path.join(mkdtempSync(path.join(tmpdir(), "pre-commit-")), "home")
    const hook = (...files: ReadonlyArray<string>) => {
      const env = { ...process.env, PRE_COMMIT_HOME: home, npm_config_offline: "true" }
      const args = ["run", "--color=never", "--files", ...files]
      return spawnSync("pre-commit", args, { cwd: project, encoding: "utf8", env })
    }
    const passed = hook("functions/a/config.yaml", "other/config.yaml")
    assert.match(passed.stdout, /\.Passed\n$/)
    assert.strictEqual(passed.status, 0)

    writeFileSync(path.join(project, "functions/a/config.yaml"), FAULTY)
    const failed = hook("functions/a/config.yaml")
    assert.strictEqual(failed.status, 1)
    assert.include(failed.stdout, 'functions/a/config.yaml:3:10: error: parameters[0].ttl: found "5"')
  })
})

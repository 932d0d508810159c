/**
 * The workflows in .github: they run what this repository has, with the least permissions, and with actions pinned by commit. Where
 * `actionlint` is on the PATH, it checks them too.
 */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import path from "node:path"
import { parse } from "yaml"
import { publishCommands } from "../../scripts/release.ts"
import { ROOT, textOf } from "../docs/markdown.ts"

interface Step {
  readonly uses?: string
  readonly run?: string
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly needs?: string
  readonly steps: ReadonlyArray<Step>
  readonly "timeout-minutes"?: number
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

const FOLDER = ".github/workflows"
const FILES = readdirSync(path.join(ROOT, FOLDER))
const workflow = (file: string): Workflow => parse(textOf(`${FOLDER}/${file}`)) as Workflow

const hasActionlint = spawnSync("actionlint", ["-version"]).status === 0

describe.each(FILES)(".github/workflows/%s", (file) => {
  const { jobs, permissions } = workflow(file)
  const steps = Object.values(jobs).flatMap(({ steps }) => steps)

  it("pins every action by its commit, and says which release that is", () => {
    const uses = Array.from(
      textOf(`${FOLDER}/${file}`).matchAll(/uses: (.*)$/gm),
      ([, action = ""]) => action,
    )
    assert.strictEqual(uses.length, steps.filter(({ uses }) => uses !== undefined).length)
    for (const action of uses) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it("may write nothing, unless a job says what it needs", () => {
    assert.notInclude(Object.values(permissions), "write")
    for (const [name, job] of Object.entries(jobs)) {
      const written = Object.entries(job.permissions ?? {}).flatMap(([what, level]) =>
        level === "write" ? [what] : [],
      )
      const allowed = {
        attest: ["id-token", "attestations"],
        github: ["contents"],
        npm: ["id-token"],
        layers: ["id-token"],
      }
      assert.deepStrictEqual(written, allowed[name as keyof typeof allowed] ?? [], name)
    }
  })

  it("gives each job a time limit, and text of others only through variables", () => {
    for (const [name, job] of Object.entries(jobs)) assert.isNumber(job["timeout-minutes"], name)
    for (const { run = "" } of steps) assert.notInclude(run, "${{")
  })

  it("runs only scripts that exist", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    const runs = steps.map(({ run = "" }) => run)
    for (const [, script = ""] of runs.join("\n").matchAll(/npm run ([\w:]+)/g))
      assert.property(scripts, script)
    for (const [, script = ""] of runs.join("\n").matchAll(/^(\.\S+)/gm))
      assert.isTrue(existsSync(path.join(ROOT, script)))
  })

  it.skipIf(!hasActionlint)("is accepted by actionlint", () => {
    const { status, stdout } = spawnSync("actionlint", [path.join(FOLDER, file)], {
      cwd: ROOT,
      encoding: "utf8",
    })
    assert.deepStrictEqual([status, stdout], [0, ""])
  })
})

describe("ci.yml", () => {
  it("tests on both of Lambda's architectures, with what contributors run", () => {
    const text = textOf(`${FOLDER}/ci.yml`)
    for (const part of ["ubuntu-24.04 }", "ubuntu-24.04-arm }", "run: .ci/run"]) assert.include(text, part)
  })
})

describe("release.yml", () => {
  const { jobs } = workflow("release.yml")

  it("publishes nothing that was not built, checked and attested before", () => {
    const before = (name: string): ReadonlyArray<string> => {
      const needed = jobs[name]?.needs
      return needed === undefined ? [] : [needed, ...before(needed)]
    }
    for (const name of ["github", "npm", "layers"]) assert.deepStrictEqual(before(name), ["attest", "build"])
  })

  it("publishes with the commands of npm run release", () => {
    const runs = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run = "" }) => run))
    // Without what the workflow gets from variables: the version, the folder, the regions.
    const start = (command: ReadonlyArray<string>) => command.filter((word) => !/^\.\/|^all$/.test(word))
    for (const command of publishCommands("1.0.0")) {
      const found = runs.some((run) => start(command).every((word) => run.includes(word)))
      assert.isTrue(found, command.join(" "))
    }
  })
})

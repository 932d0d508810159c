// Runs the tests: builds the artifacts that this machine can run, then starts vitest.
// Arguments go to vitest: `npm test -- --project unit`; without a project, the unit and integration tests.
import { spawnSync } from "node:child_process"
import process from "node:process"
import { HOST_ARCHITECTURE } from "./bun.ts"
import { build, PACKAGED } from "./build.ts"

await build([...PACKAGED, "client", ...(HOST_ARCHITECTURE === undefined ? [] : [HOST_ARCHITECTURE])])
const args = process.argv.slice(2)
const projects = args.some((arg) => /^--project(=|$)/.test(arg))
  ? []
  : ["--project", "unit", "--project", "integration*"]
const vitest = ["node_modules/vitest/vitest.mjs", "run", ...projects, ...args]
process.exitCode = spawnSync(process.execPath, vitest, { stdio: "inherit" }).status ?? 1

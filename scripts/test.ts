// The whole test suite: builds the artifacts that this machine can run, then runs vitest.
// Arguments go to vitest: `npm test -- --project unit`.
import { spawnSync } from "node:child_process"
import process from "node:process"
import { HOST_ARCHITECTURE } from "./bun.ts"
import { build } from "./build.ts"

await build(["node", ...(HOST_ARCHITECTURE === undefined ? [] : [HOST_ARCHITECTURE])])
const vitest = ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, vitest, { stdio: "inherit" }).status ?? 1

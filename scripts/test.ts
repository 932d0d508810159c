// The whole test suite: builds the artifacts that the integration tests drive, then runs vitest.
// Arguments go to vitest: `npm test -- --project unit`.
import { spawnSync } from "node:child_process"
import process from "node:process"

const run = (args: ReadonlyArray<string>) => {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

run(["scripts/build.ts"])
run(["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)])

// Type-checks the project. Effect's own diagnostics count as errors.
import { spawnSync } from "node:child_process"
import process from "node:process"
import { compiler } from "./compiler.ts"

const { status } = spawnSync(compiler(), ["--noEmit", "--project", "tsconfig.json"], { stdio: "inherit" })
process.exitCode = status ?? 1

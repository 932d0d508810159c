// Type-checks the project with the TypeScript that carries Effect's own diagnostics, which count as errors.
import { execFileSync, spawnSync } from "node:child_process"
import process from "node:process"

const effectTsgo = "node_modules/@effect/tsgo/dist/effect-tsgo.cjs"
const compiler = execFileSync(process.execPath, [effectTsgo, "get-exe-path"], { encoding: "utf8" }).trim()
const { status } = spawnSync(compiler, ["--noEmit", "--project", "tsconfig.json"], { stdio: "inherit" })
process.exitCode = status ?? 1

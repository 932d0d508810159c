// The TypeScript that carries Effect's own diagnostics: `check.ts` and the declarations of `client.ts` run it.
import { execFileSync } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./bundle.ts"

const EFFECT_TSGO = path.join(ROOT, "node_modules/@effect/tsgo/dist/effect-tsgo.cjs")

/** Where it is on this machine. */
export const compiler = (): string =>
  execFileSync(process.execPath, [EFFECT_TSGO, "get-exe-path"], { encoding: "utf8" }).trim()

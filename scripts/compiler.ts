// The TypeScript compiler with Effect's diagnostics, for `check.ts` and the declarations of `client.ts`.
import { execFileSync } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./root.ts"

const EFFECT_TSGO = path.join(ROOT, "node_modules/@effect/tsgo/dist/effect-tsgo.cjs")

/** Its path. */
export const compiler = (): string =>
  execFileSync(process.execPath, [EFFECT_TSGO, "get-exe-path"], { encoding: "utf8" }).trim()

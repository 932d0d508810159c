// Checks of the deployment that need a download: installs aws-cdk-lib into a temporary folder and runs test/sam with it, which
// synthesizes the construct of docs/deploy.md. Also runs `sam build` if sam is on PATH.
//
//   npm run layer && node scripts/node.mjs scripts/sam-checks.ts
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./bundle.ts"

const CDK = ["aws-cdk-lib@2.276.0", "constructs@10.8.1"]

const run = (
  command: string,
  args: ReadonlyArray<string>,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): void => {
  console.log(`$ ${command} ${args.join(" ")}`)
  const { error, status } = spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    env: { ...process.env, ...env },
  })
  if (error !== undefined || status !== 0) throw error ?? new Error(`${command} ended with ${status}`)
}

const folder = mkdtempSync(path.join(tmpdir(), "sam-checks-"))
try {
  writeFileSync(path.join(folder, "package.json"), "{}")
  run("npm", ["install", "--no-audit", "--no-fund", ...CDK], folder)
  const vitest = path.join(ROOT, "node_modules/vitest/vitest.mjs")
  run(process.execPath, [vitest, "run", "--project", "unit", "test/sam"], ROOT, { CDK_FOLDER: folder })
  if (spawnSync("sam", ["--version"]).error === undefined) {
    run("sam", ["build", "--build-dir", path.join(folder, "build")], path.join(ROOT, "sam"))
  } else {
    console.log("sam is not on PATH: its own build was not tried.")
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

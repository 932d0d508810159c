/**
 * The packages that the tests of deployment use and the project does not: installed on demand, all but one with everything they
 * need, into a folder that is kept. Together they have some 470 MB.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { ROOT } from "../../scripts/bundle.ts"

const PACKAGES = [
  "aws-cdk-lib@2.276.0",
  "constructs@10.8.1",
  "@pulumi/aws@7.48.0",
  "@pulumi/pulumi@3.270.0",
  "osls@4.3.1",
  "dockerfile-utils@0.16.3",
  "kubernetes-models@4.5.1",
]

/** Its types are generated from the schema of Terraform's provider for AWS 6.25. Only the archive is fetched: unpacked, it has 1 GB. */
const PROVIDER_TYPES = "@cdktf/provider-aws@21.22.1"

const FOLDER = path.join(ROOT, ".work/deployment")
export const MODULES = path.join(FOLDER, "node_modules")
export const PROVIDER_ARCHIVE = path.join(FOLDER, "cdktf-provider-aws-21.22.1.tgz")

/** Installs what is missing: vitest runs it before the tests of the project `deployment`. */
export const setup = (): void => {
  const wanted = [...PACKAGES, PROVIDER_TYPES].join("\n")
  const stamp = path.join(FOLDER, "installed")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(path.join(FOLDER, "package.json"), "{}")
  console.log(`Installing ${PACKAGES.join(", ")}`)
  const npm = (...args: ReadonlyArray<string>) =>
    execFileSync("npm", args, { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] })
  npm("install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", ...PACKAGES)
  npm("pack", "--loglevel=error", PROVIDER_TYPES)
  writeFileSync(stamp, wanted)
}

// Finds Bun. npm installs it for this machine's processor. The one for the other processor, which goes into the other
// executable, is downloaded once by `npm pack` and checked against package-lock.json.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./bundle.ts"

/** Lambda's architectures. */
export const ARCHITECTURES = ["x86_64", "arm64"] as const
export type Architecture = (typeof ARCHITECTURES)[number]

interface Bun {
  readonly packageName: string
  /** The name for `bun build --target`. */
  readonly target: string
  readonly nodeArch: string
}

export const BUNS: Readonly<Record<Architecture, Bun>> = {
  x86_64: { packageName: "@oven/bun-linux-x64", target: "bun-linux-x64", nodeArch: "x64" },
  arm64: { packageName: "@oven/bun-linux-aarch64", target: "bun-linux-arm64", nodeArch: "arm64" },
}

/** This machine's architecture, if Lambda has it. */
export const HOST_ARCHITECTURE: Architecture | undefined =
  process.platform === "linux"
    ? ARCHITECTURES.find((name) => BUNS[name].nodeArch === process.arch)
    : undefined

/**
 * How many times as often as by default code must run before Bun compiles it to machine code. Start-up code runs once, so
 * compiling it does not pay. Hot code is still compiled.
 */
export const JIT_POLICY = 10

const installed = ({ packageName }: Bun): string => path.join(ROOT, "node_modules", packageName, "bin/bun")

interface LockedPackage {
  readonly version: string
  readonly integrity: string
}

const locked = ({ packageName }: Bun): LockedPackage => {
  const lock = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>
  }
  const entry = lock.packages[`node_modules/${packageName}`]
  if (entry === undefined) throw new Error(`package-lock.json does not list ${packageName}`)
  return entry
}

/** The version of Bun that is embedded for an architecture. */
export const lockedVersion = (architecture: Architecture): string => locked(BUNS[architecture]).version

const run = (command: string, args: ReadonlyArray<string>, cwd: string): void => {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`)
}

const fetched = (bun: Bun): string => {
  const { integrity, version } = locked(bun)
  const folder = path.join(ROOT, ".work/bun", `${bun.target}-${version}`)
  const executable = path.join(folder, "package/bin/bun")
  if (existsSync(executable)) return executable

  mkdirSync(folder, { recursive: true })
  run("npm", ["pack", "--silent", `${bun.packageName}@${version}`], folder)
  const archive = path.join(folder, `${bun.packageName.slice(1).replace("/", "-")}-${version}.tgz`)
  const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`
  if (digest !== integrity)
    throw new Error(`${bun.packageName}@${version}: expected ${integrity}, got ${digest}`)
  run("tar", ["-xzf", archive], folder)
  rmSync(archive)
  return executable
}

/** The Bun that compiles, on this machine. */
export const compilerBun = (): string => {
  if (HOST_ARCHITECTURE === undefined) throw new Error(`no Bun for ${process.platform}-${process.arch}`)
  return installed(BUNS[HOST_ARCHITECTURE])
}

/** The Bun to embed into the executable for an architecture. */
export const bunFor = (architecture: Architecture): string => {
  const bun = BUNS[architecture]
  return existsSync(installed(bun)) ? installed(bun) : fetched(bun)
}

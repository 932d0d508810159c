// Finds Bun. npm installs it for this machine's processor. The one for the other processor, which goes into the other
// executable, is downloaded once by `npm pack` and checked against package-lock.json.
import { existsSync, rmSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { ROOT } from "./root.ts"
import { packageAt, type PinnedPackage } from "./lock.ts"
import { fetchPackage } from "./npmPackage.ts"

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

const locked = ({ packageName }: Bun): PinnedPackage => packageAt(`node_modules/${packageName}`)

/** The version of Bun that is embedded for an architecture. */
export const lockedVersion = (architecture: Architecture): string => locked(BUNS[architecture]).version

const fetched = async (bun: Bun): Promise<string> => {
  const pinned = locked(bun)
  const folder = path.join(ROOT, ".work/bun", `${bun.target}-${pinned.version}`)
  const program = path.join(folder, "bin/bun")
  if (existsSync(program)) return program
  // An earlier version of this project unpacked it in another way.
  rmSync(folder, { recursive: true, force: true })
  await fetchPackage(pinned, folder)
  return program
}

/** The Bun that compiles, on this machine. */
export const compilerBun = (): string => {
  if (HOST_ARCHITECTURE === undefined) throw new Error(`no Bun for ${process.platform}-${process.arch}`)
  return installed(BUNS[HOST_ARCHITECTURE])
}

/** The Bun to embed into the executable for an architecture. */
export const bunFor = async (architecture: Architecture): Promise<string> => {
  const bun = BUNS[architecture]
  return existsSync(installed(bun)) ? installed(bun) : fetched(bun)
}

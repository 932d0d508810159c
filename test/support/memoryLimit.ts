/**
 * A control group with a memory limit, as a Lambda function has one: if its processes exceed the limit together, the kernel
 * ends one of them. Needs root, and the memory controller of cgroup v1 or v2, which containers usually cannot write to.
 */
import { Effect, type Scope } from "effect"
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { rmdir } from "node:fs/promises"
import path from "node:path"
import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"

interface Version {
  readonly root: string
  /** The file with the limit, in bytes. */
  readonly limit: string
  /** The file in which 0 forbids swap, which Lambda has none of. Not there if the kernel cannot swap. */
  readonly swap: string
  /** The file that counts how many processes were ended, as `oom_kill`. */
  readonly events: string
}

const V1: Version = {
  root: "/sys/fs/cgroup/memory",
  limit: "memory.limit_in_bytes",
  swap: "memory.swappiness",
  events: "memory.oom_control",
}
const V2: Version = {
  root: "/sys/fs/cgroup",
  limit: "memory.max",
  swap: "memory.swap.max",
  events: "memory.events",
}

const MIB = 1_048_576

/** Removes a group, which is busy until its last process has been reaped. */
const remove = async (folder: string): Promise<void> => {
  for (let attempt = 0; attempt < 50 && existsSync(folder); attempt += 1) {
    await rmdir(folder).catch(() => delay(100))
  }
}

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const versionHere = (): Version | undefined => {
  if (process.getuid?.() !== 0) return undefined
  if (existsSync(path.join(V1.root, V1.limit))) return isWritable(V1.root) ? V1 : undefined
  const controllers = path.join(V2.root, "cgroup.subtree_control")
  const hasMemory = existsSync(controllers) && readFileSync(controllers, "utf8").includes("memory")
  return hasMemory && isWritable(V2.root) ? V2 : undefined
}

const version = versionHere()

/** Why memory cannot be limited here; undefined if it can. */
export const cannotLimitMemory: string | undefined =
  version === undefined
    ? "memory can be limited only by root, with control groups that can be written"
    : undefined

export interface MemoryLimit {
  /** A line of a shell script, after which its process and what it executes are limited. */
  readonly enter: string
  /** How many processes were ended because the memory was used up. */
  readonly ended: () => number
}

/** Limits the memory of all processes that enter, together, until the scope closes. They must have ended by then. */
export const limitMemory = (mebibytes: number): Effect.Effect<MemoryLimit, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (version === undefined) return yield* Effect.die(new Error(cannotLimitMemory))
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const folder = path.join(version.root, `cache-extension-test-${process.pid}-${performance.now()}`)
        mkdirSync(folder)
        return folder
      }),
      (folder) => Effect.promise(() => remove(folder)),
    )
    writeFileSync(path.join(folder, version.limit), String(mebibytes * MIB))
    const swap = path.join(folder, version.swap)
    if (existsSync(swap)) writeFileSync(swap, "0")
    return {
      enter: `echo $$ > ${path.join(folder, "cgroup.procs")} || exit 1`,
      ended: () =>
        Number(/^oom_kill (\d+)/m.exec(readFileSync(path.join(folder, version.events), "utf8"))?.[1]),
    }
  })

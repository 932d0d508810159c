/**
 * The CPU of a Lambda function: a control group that gives its processes the part of a CPU that Lambda gives by memory, 1,769
 * MB for one. Needs root, and the cpu controller of cgroup v1 or v2, which containers usually cannot write to.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"

/** The memory, in MB, at which a function has one CPU. */
const ONE_CPU = 1_769

/** How often the group gets its part anew, in microseconds. AWS does not say what Lambda uses; a short one spreads it evenly. */
const PERIOD = 20_000

const V1 = "/sys/fs/cgroup/cpu"
const V2 = "/sys/fs/cgroup"

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const versionHere = (): 1 | 2 | undefined => {
  if (process.getuid?.() !== 0) return undefined
  if (existsSync(path.join(V1, "cpu.cfs_quota_us"))) return isWritable(V1) ? 1 : undefined
  const controllers = path.join(V2, "cgroup.subtree_control")
  const hasCpu = existsSync(controllers) && readFileSync(controllers, "utf8").split(/\s/).includes("cpu")
  return hasCpu && isWritable(V2) ? 2 : undefined
}

const version = versionHere()

/** Why CPU cannot be limited here; undefined if it can. */
export const cannotLimitCpu: string | undefined =
  version === undefined
    ? "CPU can be limited only by root, with control groups that can be written"
    : undefined

interface CpuShare {
  /** The command, limited with everything that it starts. */
  readonly limited: (command: ReadonlyArray<string>) => ReadonlyArray<string>
  /** Removes the group; its processes must have ended. */
  readonly remove: () => void
}

/** The part of a CPU of a function with so many MB. Lambda gives more than one CPU above 1,769 MB. */
export const limitCpu = (megabytes: number): CpuShare => {
  const folder = path.join(version === 1 ? V1 : V2, `cache-extension-bench-${process.pid}-${megabytes}`)
  mkdirSync(folder)
  const quota = Math.round((PERIOD * megabytes) / ONE_CPU)
  const set = (file: string, value: string) => writeFileSync(path.join(folder, file), value)
  // The group takes precedence over whatever else the machine does, up to its quota.
  if (version === 1) {
    set("cpu.shares", "262144")
    set("cpu.cfs_period_us", String(PERIOD))
    set("cpu.cfs_quota_us", String(quota))
  } else {
    set("cpu.weight", "10000")
    set("cpu.max", `${quota} ${PERIOD}`)
  }
  const enter = `echo $$ > ${path.join(folder, "cgroup.procs")} && exec "$@"`
  return {
    limited: (command) => ["/bin/sh", "-c", enter, "sh", ...command],
    remove: () => rmdirSync(folder),
  }
}

/**
 * The conditions of a measured start: the page cache and the number of CPUs.
 */
import { execFileSync, spawnSync } from "node:child_process"
import process from "node:process"

const works = (command: string, args: ReadonlyArray<string>): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0

/**
 * Drops a file's pages from the page cache (posix_fadvise DONTNEED, by GNU dd), which needs no privileges. Pages that a process
 * has mapped stay.
 */
const forget = (file: string): void => {
  execFileSync("dd", [`if=${file}`, "iflag=nocache", "count=0"], { stdio: "ignore" })
}

export const forgetAll = (files: ReadonlyArray<string>): void => files.forEach(forget)

/** The bytes of files in the page cache, from util-linux's fincore. */
export const resident = (files: ReadonlyArray<string>): number =>
  execFileSync("fincore", ["--bytes", "--noheadings", "--output", "RES", ...files], { encoding: "utf8" })
    .trim()
    .split("\n")
    .reduce((total, bytes) => total + Number(bytes), 0)

/** Why the page cache cannot be dropped on this machine; undefined if it can. */
export const cannotForget = (files: ReadonlyArray<string>): string | undefined => {
  const [first] = files
  if (first === undefined || !works("dd", [`if=${first}`, "iflag=nocache", "count=0"]))
    return "this system's dd has no iflag=nocache"
  if (!works("fincore", [first])) return "fincore is missing, which would show that it worked"
  forgetAll(files)
  const left = resident(files)
  return left === 0 ? undefined : `${(left / 1e6).toFixed(1)} MB stay in memory on this file system`
}

/** Why a process cannot be pinned to one CPU on this machine; undefined if it can. */
export const cannotPin = (cpus: number): string | undefined => {
  if (cpus < 2) return "there is no second CPU for the measuring process"
  return works("taskset", ["-c", "0", "true"]) ? undefined : "taskset is missing"
}

/** The command, pinned to the first CPU. */
export const onFirstCpu = (command: ReadonlyArray<string>): ReadonlyArray<string> => [
  "taskset",
  "-c",
  "0",
  ...command,
]

const setAffinity = (pid: number, cpus: string): void => {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cpus, String(pid)], { stdio: "ignore" })
}

/** Moves this process and its helpers off the first CPU. Returns a function that undoes it. */
export const leaveFirstCpu = (helpers: ReadonlyArray<number>, cpus: number): (() => void) => {
  const all = [process.pid, ...helpers]
  all.forEach((pid) => setAffinity(pid, `1-${cpus - 1}`))
  return () => all.forEach((pid) => setAffinity(pid, `0-${cpus - 1}`))
}

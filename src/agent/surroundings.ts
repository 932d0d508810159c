/**
 * Finds out where an agent runs: the container's limit of memory, and the region if no variable names one.
 *
 * The SDK's providers, which ask the profile and the instance, are imported only if no variable gives the region.
 */
import { givenRegion, isMetadataDisabled, readOutside } from "../config/outside.ts"
import type { Files } from "../config/readConfigFile.ts"
import type { Outside } from "../config/Settings.ts"
import { MIB } from "../domain/defaults.ts"
import type { Platform } from "../host/Platform.ts"

/** Where the kernel says how much memory a control group may take, in bytes: version 2, then version 1. */
const LIMITS = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]

/** For "no limit", version 1 has a number beyond the memory of any machine. */
const MOST_MIB = 16_777_216

const DIGITS = /^\d+$/

/** The limit of memory that the first of the files states, in MiB; undefined if none does. */
export const memoryLimit = async ({ read }: Pick<Files, "read">): Promise<number | undefined> => {
  for (const file of LIMITS) {
    const text = await read(file).then(
      (bytes) => new TextDecoder().decode(bytes).trim(),
      () => "",
    )
    const mebibytes = DIGITS.test(text) ? Math.floor(Number(text) / MIB) : MOST_MIB
    if (mebibytes > 0 && mebibytes < MOST_MIB) return mebibytes
  }
  return undefined
}

type Around = Pick<Platform<never>, "environment" | "files" | "providers">

const findRegion = async ({ environment, providers }: Around): Promise<string | undefined> => {
  if (givenRegion(environment) !== undefined) return undefined
  return (await providers()).findRegion(isMetadataDisabled(environment))
}

/** What holds in place of Lambda's variables. */
export const readSurroundings = async (around: Around): Promise<Outside> => {
  const { environment, files } = around
  const [memory, region] = await Promise.all([memoryLimit(files), findRegion(around)])
  return readOutside(environment, { memory, region })
}

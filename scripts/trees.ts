// The layers' trees, by name: as they stand in dist/, and as archives and commands name them.
import { ARCHITECTURES } from "./bun.ts"

export const TREES = ["node", ...ARCHITECTURES] as const
export type Tree = (typeof TREES)[number]

/** A size as the build prints it. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`

/** The SDK's own providers, which only an agent outside of Lambda loads: `src/host/providers.ts`. */
export const PROVIDERS_FILE = "providers.cjs"

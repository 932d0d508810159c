/**
 * Loads the SDK's own providers under Bun: a file beside the executable, which an agent outside of Lambda may need. As a part of
 * the executable it would also be there as machine code, of 2.2 MB, for every function.
 */
import type { Providers } from "./Platform.ts"

declare const process: { readonly execPath: string }

const FILE = "providers.cjs"

export const loadProviders = (): Promise<Providers> =>
  import(process.execPath.replace(/[^/]*$/, FILE)) as Promise<Providers>

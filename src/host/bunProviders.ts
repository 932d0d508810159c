/**
 * Loads the SDK's own providers under Bun, from a file beside the executable, which only an agent outside of Lambda needs. Inside
 * the executable they would be bytecode too, which takes 2.2 MB for every function. The layers' archives leave it out.
 */
import type { Providers } from "./Platform.ts"

declare const process: { readonly execPath: string }

const FILE = "providers.cjs"

/** Rejects with what to do about a file that is not there. */
export const loadProviders = (): Promise<Providers> => {
  const file = process.execPath.replace(/[^/]*$/, FILE)
  const orElse = (cause: unknown) => {
    throw new Error(`${file} cannot be loaded. A layer's archive has none: docs/agent.md says where it is`, {
      cause,
    })
  }
  return import(file).catch(orElse) as Promise<Providers>
}

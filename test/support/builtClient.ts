/**
 * The built client, for tests of the package that users get. Its types come from the source, so that the project
 * type-checks before it is built.
 */
import path from "node:path"
import type * as ClientModule from "../../client/Client.ts"
import type * as EffectModule from "../../client/effect.ts"

const DIST = path.resolve(import.meta.dirname, "../../dist/client")

/** A file of dist/client. */
export const builtFile = (name: string): string => path.join(DIST, name)

export const loadClient = (): Promise<typeof ClientModule> => import(builtFile("index.js"))

export const loadEffectClient = (): Promise<typeof EffectModule> => import(builtFile("effect.js"))

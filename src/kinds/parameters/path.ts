/**
 * Paths of Parameter Store: what is below a path, and its cache key.
 *
 * Pure. `name.ts` validates paths, `lookup.ts` finds the path above a name.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-hierarchies.html
 */
import { type EntryKey, queryKey } from "../../domain/Entry.ts"

export const PATH_ALLOWED =
  "a path that starts with a slash, such as /app/prod/, its levels of a-z, A-Z, 0-9, _, - and ."

/** To AWS, a slash at the end of a path makes no difference. */
const withSlash = (path: string): string => (path.endsWith("/") ? path : `${path}/`)

/** The key of everything below a path. */
export const pathKey = (path: string): EntryKey => queryKey("parameters", { path: withSlash(path) })

/** Only AWS creates parameters below this prefix, and lists them only for paths that have it. */
const RESERVED = "/aws/"

/** Whether a parameter, or another path, is below a path at any depth. `A` and `/A` are both below `/`. */
export const isBelow = (path: string, name: string): boolean => {
  const folder = withSlash(path)
  const full = name.startsWith("/") ? name : `/${name}`
  return (
    full.length > folder.length &&
    full.startsWith(folder) &&
    full.startsWith(RESERVED) === folder.startsWith(RESERVED)
  )
}

/** Whether a parameter, or another path, belongs to a listed path: at any depth, or only directly below it. */
export const isCovered = (
  { path, recursive = true }: { readonly path: string; readonly recursive?: boolean },
  name: string,
): boolean => isBelow(path, name) && (recursive || depthOf(name) === depthOf(path) + 1)

/** The number of levels. Of two paths above a name, the one with more levels is nearer. */
export const depthOf = (path: string): number => path.split("/").filter((level) => level !== "").length

/**
 * Paths of Parameter Store: what lies below one, and what it is kept as.
 *
 * Pure. `name.ts` says what can be a path, `lookup.ts` finds the path above a name.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-hierarchies.html
 */
import { type EntryKey, queryKey } from "../../domain/Entry.ts"

export const PATH_ALLOWED =
  "a path that starts with a slash, such as /app/prod/, its levels of a-z, A-Z, 0-9, _, - and ."

/** To AWS, a slash at the end of a path makes no difference. */
const withSlash = (path: string): string => (path.endsWith("/") ? path : `${path}/`)

/** The key of everything below a path. */
export const pathKey = (path: string): EntryKey => queryKey("parameters", { path: withSlash(path) })

/** What only AWS creates, and what it gives below no other path. */
const RESERVED = "/aws/"

/** Whether a parameter, or another path, lies below a path at any depth. `A` and `/A` are both below `/`. */
export const isBelow = (path: string, name: string): boolean => {
  const folder = withSlash(path)
  const full = name.startsWith("/") ? name : `/${name}`
  return (
    full.length > folder.length &&
    full.startsWith(folder) &&
    full.startsWith(RESERVED) === folder.startsWith(RESERVED)
  )
}

/** The number of levels: of two paths above one name, that with more is the nearer. */
export const depthOf = (path: string): number => path.split("/").filter((level) => level !== "").length

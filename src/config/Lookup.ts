/**
 * Which entry serves what a function asks for: a listed one, another version of it, a member of a listed path of
 * Parameter Store, or, under `on_demand: allow`, one that is made for the request.
 *
 * Pure; `ConfigFile` makes it part of the plan, `http/` asks it for each request that the shortcut leaves to it.
 */
import { isSameAddress, type Kind } from "../domain/Address.ts"
import { type Entry, type EntryKey, entryKey, type Policy } from "../domain/Entry.ts"
import { depthOf, isBelow, isPath, pathKey } from "./parameterPath.ts"
import type { Found, OnDemand, Plan, VersionSelector } from "./Plan.ts"
import { sections } from "./Sections.ts"
import type { SectionContext } from "./sections/Section.ts"

interface Listed {
  readonly entries: ReadonlyMap<EntryKey, Entry>
  readonly onDemand: OnDemand
  /** The policy of what is not listed. */
  readonly defaultPolicy: Policy
  readonly context: SectionContext
}

const isEmpty = ({ label, version, versionId, versionStage }: VersionSelector): boolean =>
  [label, version, versionId, versionStage].every((selector) => selector === undefined)

/** The lookups of a plan. */
export const makeLookup = ({
  context,
  defaultPolicy,
  entries,
  onDemand,
}: Listed): Pick<Plan, "find" | "findPath"> => {
  // The deepest path first: it is the nearest above whatever lies below it.
  const paths = Array.from(entries.values())
    .flatMap((entry) =>
      entry.address.kind === "parameters" && "path" in entry.address
        ? [{ entry, address: entry.address }]
        : [],
    )
    .toSorted((left, right) => depthOf(right.address.path) - depthOf(left.address.path))

  const pathAbove = (name: string) => paths.find(({ address }) => isBelow(address.path, name))

  /** A parameter below a listed path, read alone: at its place, by its policy. */
  const alone = (kind: Kind, name: string): Entry | undefined => {
    const above = kind === "parameters" ? pathAbove(name) : undefined
    if (above === undefined) return undefined
    const { path: _, ...place } = above.address
    return { key: entryKey(kind, name), name, address: { ...place, name }, policy: above.entry.policy }
  }

  const unlisted = (kind: Kind, name: string): Entry | undefined => {
    if (onDemand === "deny") return undefined
    const address = sections[kind].addressOf(name, context)
    return address === undefined
      ? undefined
      : { key: entryKey(kind, name), name, address, policy: defaultPolicy }
  }

  const versionOf = (kind: Kind, name: string, selector: VersionSelector): Found | undefined => {
    const entry = entries.get(entryKey(kind, name)) ?? alone(kind, name) ?? unlisted(kind, name)
    const version = entry && sections[kind].versionOf(entry.address, selector)
    if (version && isSameAddress(version.address, entry.address)) return { entry }
    return version && { entry: entries.get(version.key) ?? { ...version, policy: entry.policy } }
  }

  const named = (kind: Kind, name: string): Found | undefined => {
    const listed = entries.get(entryKey(kind, name))
    if (listed !== undefined) return { entry: listed }
    // `N:3` is version 3 of `N`, so that both ways to ask end at one entry.
    const parts = sections[kind].splitName(name)
    if (parts !== undefined) return versionOf(kind, ...parts)
    const above = kind === "parameters" ? pathAbove(name) : undefined
    if (above !== undefined) return { entry: above.entry, member: name }
    const entry = unlisted(kind, name)
    return entry && { entry }
  }

  return {
    find: (kind, name, selector = {}) =>
      isEmpty(selector) ? named(kind, name) : versionOf(kind, name, selector),

    findPath: (path) => {
      const key = pathKey(path)
      const listed = entries.get(key)
      if (listed !== undefined || onDemand === "deny" || !isPath(path)) return listed
      const above = pathAbove(path)
      if (above !== undefined) {
        return { key, name: path, address: { ...above.address, path }, policy: above.entry.policy }
      }
      const { region } = context
      if (region === undefined) return undefined
      return { key, name: path, address: { kind: "parameters", region, path }, policy: defaultPolicy }
    },
  }
}

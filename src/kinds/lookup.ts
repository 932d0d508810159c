/**
 * Which entry serves what a function asks for: a listed one, another version of it, a member of a listed path of
 * Parameter Store, or, under `on_demand: allow`, one that is made for the request.
 *
 * Pure; `ConfigFile` makes it part of the plan, `http/` asks it for each request that the shortcut leaves to it.
 */
import { isSameAddress, type Kind } from "../domain/Address.ts"
import { type Entry, type EntryKey, entryKey, type Policy } from "../domain/Entry.ts"
import { depthOf, isBelow, pathKey } from "./parameters/path.ts"
import type { Found, OnDemand, PlanShape, VersionSelector } from "../config/Plan.ts"
import { sections } from "../config/Sections.ts"
import type { SectionContext } from "./Section.ts"

interface Listed {
  readonly entries: ReadonlyMap<EntryKey, Entry>
  readonly onDemand: OnDemand
  /** Where ARNs that are not listed may be, too. */
  readonly regions: ReadonlyArray<string>
  /** The policy of what is not listed. */
  readonly defaultPolicy: Policy
  readonly context: SectionContext
}

const isEmpty = ({ label, version, versionId, versionStage }: VersionSelector): boolean =>
  [label, version, versionId, versionStage].every((selector) => selector === undefined)

/** How many regions a message names. */
const MAX_SHOWN_REGIONS = 10

const shownRegions = (regions: ReadonlySet<string>): string => {
  const shown = Array.from(regions).slice(0, MAX_SHOWN_REGIONS).join(", ")
  return regions.size > MAX_SHOWN_REGIONS ? `${shown}, …` : shown
}

/** The lookups of a plan. */
export const makeLookup = ({
  context,
  defaultPolicy,
  entries,
  onDemand,
  regions,
}: Listed): Pick<PlanShape, "entryFor" | "find" | "findPath" | "regionFault"> => {
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
    const { key: listedAs, policy } = above.entry
    return { key: entryKey(kind, name), name, address: { ...place, name }, policy, listedAs }
  }

  /** What another version of an entry has to do with what is listed. */
  const nearest = ({ key, listedAs = key }: Entry): Pick<Entry, "listedAs"> =>
    entries.has(listedAs) ? { listedAs } : {}

  /** A policy is what a name that is not listed is fetched by; without one it is not fetched. */
  const unlisted = (kind: Kind, name: string, policy: Policy | undefined): Entry | undefined => {
    const address = policy && sections[kind].addressOf(name, context)
    return address && { key: entryKey(kind, name), name, address, policy }
  }

  const single = (kind: Kind, name: string, policy: Policy | undefined): Entry | undefined =>
    entries.get(entryKey(kind, name)) ?? alone(kind, name) ?? unlisted(kind, name, policy)

  const versionOf = (
    kind: Kind,
    name: string,
    selector: VersionSelector,
    policy: Policy | undefined,
  ): Entry | undefined => {
    const entry = single(kind, name, policy)
    const version = entry && sections[kind].versionOf(entry.address, selector)
    if (version && isSameAddress(version.address, entry.address)) return entry
    return version && (entries.get(version.key) ?? { ...version, policy: entry.policy, ...nearest(entry) })
  }

  /** `N:3` is version 3 of `N`, so that both ways to ask end at one entry; unless it is listed so. */
  const partsOf = (kind: Kind, name: string) =>
    entries.has(entryKey(kind, name)) ? undefined : sections[kind].splitName(name)

  const entryFor = (
    kind: Kind,
    name: string,
    selector: VersionSelector,
    policy: Policy | undefined,
  ): Entry | undefined => {
    if (!isEmpty(selector)) return versionOf(kind, name, selector, policy)
    const parts = partsOf(kind, name)
    return parts === undefined ? single(kind, name, policy) : versionOf(kind, ...parts, policy)
  }

  const memberOf = (kind: Kind, name: string): Found | undefined => {
    if (kind !== "parameters" || entries.has(entryKey(kind, name))) return undefined
    const above = partsOf(kind, name) === undefined ? pathAbove(name) : undefined
    const itself = alone(kind, name)
    return above && itself && { entry: above.entry, member: name, alone: itself }
  }

  const allowedRegions = new Set([
    ...(context.region === undefined ? [] : [context.region]),
    ...Array.from(entries.values(), ({ address }) => address.region),
    ...regions,
  ])

  return {
    entryFor,

    regionFault: ({ address: { region } }) =>
      allowedRegions.has(region)
        ? undefined
        : `its region ${region} is none of ${shownRegions(allowedRegions)}; the key regions in config.yaml allows further ones`,

    find: (kind, name, selector = {}) => {
      const member = isEmpty(selector) ? memberOf(kind, name) : undefined
      if (member !== undefined) return member
      const entry = entryFor(kind, name, selector, onDemand === "allow" ? defaultPolicy : undefined)
      return entry && { entry }
    },

    findPath: (path) => {
      const key = pathKey(path)
      const listed = entries.get(key)
      if (listed !== undefined || onDemand === "deny") return listed
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

/**
 * Which entry serves what a function asks for: a listed one, another version of it, a member of a listed path, or, under
 * `on_demand: allow`, one that is made for the request.
 *
 * Pure; `ConfigFile` makes it part of the plan, `http/` asks it for each request that the shortcut leaves to it.
 */
import { type Access, type Address, isSameAddress, type Kind } from "../domain/Address.ts"
import { type Entry, type EntryKey, entryKey, type Policy } from "../domain/Entry.ts"
import { kinds } from "./kinds.ts"
import type { SectionContext, VersionSelector } from "./Section.ts"

/** Whether a name that is not listed is fetched (`allow`) or answered with 404 at no cost (`deny`). */
export type OnDemand = "deny" | "allow"

/** What serves a request: an entry or, where a whole path is kept, one member of its JSON object. */
export interface Found {
  readonly entry: Entry
  readonly member?: string
  /** The same member by itself, for as long as its path is not there. */
  readonly alone?: Entry
}

export interface Lookup {
  /**
   * What serves a name: the entry that lists it, in another version where one is asked for; else a member of a
   * listed path; else, under `on_demand: allow`, an entry of its own (none for items, whose names do not tell the
   * key's attributes). Undefined too where the kind has no such selector, or the name says a version already.
   */
  readonly find: (kind: Kind, name: string, selector?: VersionSelector) => Found | undefined
  /**
   * The entry of a name by itself, never a path's: the listed one, or another version of it; else one with `policy`,
   * whatever `on_demand` says, or none without a policy.
   */
  readonly entryFor: (
    kind: Kind,
    name: string,
    selector: VersionSelector,
    policy: Policy | undefined,
  ) => Entry | undefined
  /**
   * Why AWS is not asked for an entry that is not listed, although it may be there: it is in a region that config.yaml
   * does not allow. What is made for each region (clients, circuits, connections) has its bound in this.
   */
  readonly regionFault: (entry: Entry) => string | undefined
  /** The entry of a whole path: a listed one or, under `on_demand: allow`, any. None for a kind without paths. */
  readonly findPath: (kind: Kind, path: string) => Entry | undefined
}

interface Listed {
  readonly entries: ReadonlyMap<EntryKey, Entry>
  readonly onDemand: OnDemand
  /** Where ARNs that are not listed may be, too. */
  readonly regions: ReadonlyArray<string>
  /** The policy of what is not listed. */
  readonly defaultPolicy: Policy
  readonly context: SectionContext
}

/** A listed path. */
interface ListedPath {
  readonly path: string
  readonly entry: Entry
}

/** Whether a kind has the keys of a selector. */
const isSelectorOf = (kind: Kind, selector: VersionSelector): boolean =>
  Object.keys(selector).every(
    (key) => selector[key] === undefined || Object.hasOwn(kinds[kind].query.selectors, key),
  )

const isEmpty = (selector: VersionSelector): boolean =>
  Object.values(selector).every((value) => value === undefined)

/** Where an address is read, and as whom. */
const accessOf = ({ region, roleArn }: Address): Access => ({
  region,
  ...(roleArn === undefined ? {} : { roleArn }),
})

/** How many regions a message names. */
const MAX_SHOWN_REGIONS = 10

const shownRegions = (regions: ReadonlySet<string>): string => {
  const shown = Array.from(regions).slice(0, MAX_SHOWN_REGIONS).join(", ")
  return regions.size > MAX_SHOWN_REGIONS ? `${shown}, …` : shown
}

/** The listed paths of each kind that has paths, the deepest first: it is the nearest above whatever is below it. */
const listedPaths = (entries: Iterable<Entry>): ReadonlyMap<Kind, ReadonlyArray<ListedPath>> => {
  const byKind = Map.groupBy(entries, ({ address }) => address.kind)
  return new Map(
    Array.from(byKind, ([kind, listed]) => {
      const { paths } = kinds[kind]
      if (paths === undefined) return [kind, []]
      const found = listed.flatMap((entry) => {
        const path = paths.pathOf(entry.address)
        return path === undefined ? [] : [{ path, entry }]
      })
      return [kind, found.toSorted((left, right) => paths.depthOf(right.path) - paths.depthOf(left.path))]
    }),
  )
}

/** The lookups of a plan. */
export const makeLookup = ({ context, defaultPolicy, entries, onDemand, regions }: Listed): Lookup => {
  const pathsByKind = listedPaths(entries.values())

  const pathAbove = (kind: Kind, name: string): Entry | undefined =>
    pathsByKind.get(kind)?.find(({ path }) => kinds[kind].paths?.isBelow(path, name))?.entry

  /** A value below a listed path, read alone: at its place, by its policy. */
  const alone = (kind: Kind, name: string): Entry | undefined => {
    const above = pathAbove(kind, name)
    const address = above && kinds[kind].paths?.memberAt(accessOf(above.address), name)
    if (above === undefined || address === undefined) return undefined
    return { key: entryKey(kind, name), name, address, policy: above.policy, listedAs: above.key }
  }

  /** What another version of an entry has to do with what is listed. */
  const nearest = ({ key, listedAs = key }: Entry): Pick<Entry, "listedAs"> =>
    entries.has(listedAs) ? { listedAs } : {}

  /** A policy is what a name that is not listed is fetched by; without one it is not fetched. */
  const unlisted = (kind: Kind, name: string, policy: Policy | undefined): Entry | undefined => {
    const address = policy && kinds[kind].section.addressOf(name, context)
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
    if (!isSelectorOf(kind, selector)) return undefined
    const entry = single(kind, name, policy)
    const version = entry && kinds[kind].section.versionOf(entry.address, selector)
    if (version && isSameAddress(version.address, entry.address)) return entry
    return version && (entries.get(version.key) ?? { ...version, policy: entry.policy, ...nearest(entry) })
  }

  /** `N:3` is version 3 of `N`, so that both ways to ask end at one entry; unless it is listed so. */
  const partsOf = (kind: Kind, name: string) =>
    entries.has(entryKey(kind, name)) ? undefined : kinds[kind].section.splitName(name)

  const entryFor: Lookup["entryFor"] = (kind, name, selector, policy) => {
    if (!isEmpty(selector)) return versionOf(kind, name, selector, policy)
    const parts = partsOf(kind, name)
    return parts === undefined ? single(kind, name, policy) : versionOf(kind, ...parts, policy)
  }

  const memberOf = (kind: Kind, name: string): Found | undefined => {
    if (entries.has(entryKey(kind, name)) || partsOf(kind, name) !== undefined) return undefined
    const above = pathAbove(kind, name)
    const itself = alone(kind, name)
    return above && itself && { entry: above, member: name, alone: itself }
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

    findPath: (kind, path) => {
      const { paths } = kinds[kind]
      if (paths === undefined) return undefined
      const key = paths.keyOf(path)
      const listed = entries.get(key)
      if (listed !== undefined || onDemand === "deny") return listed
      const above = pathAbove(kind, path)
      const { region } = context
      const access = above === undefined ? region && { region } : accessOf(above.address)
      if (!access) return undefined
      const policy = above?.policy ?? defaultPolicy
      return { key, name: path, address: paths.addressOf(access, path), policy }
    },
  }
}

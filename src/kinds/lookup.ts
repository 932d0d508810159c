/**
 * Finds the entry for a request: a listed one, another version of it, a member of a listed path or, under `on_demand:
 * allow`, a new entry for the request.
 *
 * Pure. `ConfigFile` makes it part of the plan; `http/` uses it for every request that the shortcut does not answer.
 */
import { accessOf, isSameAddress, type Kind } from "../domain/Address.ts"
import { type Entry, type EntryKey, entryKey, type Policy } from "../domain/Entry.ts"
import { kinds } from "./kinds.ts"
import { coversPath, matchesAny } from "./patterns.ts"
import type { SectionContext, VersionSelector } from "./Section.ts"

/**
 * Whether an unlisted name is fetched (`allow`) or gets a 404 without an AWS call (`deny`); or the patterns of those that are
 * fetched.
 */
export type OnDemand = "deny" | "allow" | { readonly allow: ReadonlyArray<string> }

/** What serves a request: an entry or, if a whole path is cached, one member of its JSON object. */
export interface Found {
  readonly entry: Entry
  readonly member?: string
  /** The same member as an entry of its own, to be read while its path is not there yet. */
  readonly alone?: Entry
  /** The declared collection that has the value. */
  readonly collection?: Entry
  /** Why it cannot have it. */
  readonly fault?: string
}

export interface Lookup {
  /**
   * Finds what serves a name: the entry that lists it, in the requested version; else a member of a listed path; else a
   * member of a declared collection; else, under `on_demand: allow`, a new entry (but not for items, whose names do not
   * determine the key attributes). Undefined also if the kind has no such selector, or the name already includes a version.
   */
  readonly find: (kind: Kind, name: string, selector?: VersionSelector) => Found | undefined
  /**
   * The entry of a single value, never of a path: the listed one, or another version of it; else, if `policy` is given, a
   * new entry with it, regardless of `on_demand`.
   */
  readonly entryFor: (
    kind: Kind,
    name: string,
    selector: VersionSelector,
    policy: Policy | undefined,
  ) => Entry | undefined
  /**
   * Why an unlisted entry is not fetched although it may exist: config.yaml does not allow its region. This bounds what is
   * kept per region: clients, circuits, connections.
   */
  readonly regionFault: (entry: Entry) => string | undefined
  /** The entry of a whole path: a listed one or, under `on_demand: allow`, any. Undefined for a kind without paths. */
  readonly findPath: (kind: Kind, path: string) => Entry | undefined
}

interface Listed {
  readonly entries: ReadonlyMap<EntryKey, Entry>
  /** The declared collections. */
  readonly collections?: ReadonlyArray<Entry>
  readonly onDemand: OnDemand
  /** Further regions in which unlisted ARNs may be. */
  readonly regions: ReadonlyArray<string>
  /** The policy of unlisted entries. */
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

/** How many regions a message names. */
const MAX_SHOWN_REGIONS = 10

const shownRegions = (regions: ReadonlySet<string>): string => {
  const shown = Array.from(regions).slice(0, MAX_SHOWN_REGIONS).join(", ")
  return regions.size > MAX_SHOWN_REGIONS ? `${shown}, …` : shown
}

/** The listed paths of each kind that has paths, the deepest first, so that the first one above a name is the nearest. */
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
export const makeLookup = ({
  collections = [],
  context,
  defaultPolicy,
  entries,
  onDemand,
  regions,
}: Listed): Lookup => {
  const pathsByKind = listedPaths(entries.values())
  // Of two collections with names that begin alike, the longer name is meant.
  const byLength = collections.toSorted((left, right) => right.name.length - left.name.length)

  /** The value in a collection that a request names, with the region, role and policy of the collection. */
  const inCollection = (kind: Kind, name: string, selector: VersionSelector): Found | undefined => {
    for (const collection of byLength) {
      const member =
        collection.address.kind === kind
          ? kinds[kind].section.collections?.memberOf(collection, name, selector)
          : undefined
      if (member !== undefined) {
        const { fault, ...version } = member
        const listed = entries.get(entryKey(kind, version.name))
        const isListed = listed !== undefined && isSameAddress(listed.address, version.address)
        return {
          entry: isListed ? listed : { ...version, policy: collection.policy },
          collection,
          ...(fault === undefined ? {} : { fault }),
        }
      }
    }
    return undefined
  }

  const pathAbove = (kind: Kind, name: string): Entry | undefined =>
    pathsByKind.get(kind)?.find(({ entry }) => kinds[kind].paths?.isBelow(entry.address, name))?.entry

  /** A single value below a listed path, with the region, role and policy of the path. */
  const alone = (kind: Kind, name: string): Entry | undefined => {
    const above = pathAbove(kind, name)
    const address = above && kinds[kind].paths?.memberAt(above.address, name)
    if (above === undefined || address === undefined) return undefined
    return { key: entryKey(kind, name), name, address, policy: above.policy, listedAs: above.key }
  }

  /** The listed entry that another version of an entry belongs to, if any. */
  const nearest = ({ key, listedAs = key }: Entry): Pick<Entry, "listedAs"> =>
    entries.has(listedAs) ? { listedAs } : {}

  const policyFor = (isAllowed: (patterns: ReadonlyArray<string>) => boolean): Policy | undefined => {
    if (typeof onDemand === "string") return onDemand === "allow" ? defaultPolicy : undefined
    return isAllowed(onDemand.allow) ? defaultPolicy : undefined
  }

  /** The entry of an unlisted name, fetched under `policy`; undefined without a policy. */
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

  /** Unless it is listed itself, `N:3` means version 3 of `N`, so that both ways of requesting it share one entry. */
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
    ...collections.map(({ address }) => address.region),
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
      // A pattern is about the name, whichever version is asked for.
      const [bare] = partsOf(kind, name) ?? [name]
      const policy = policyFor((patterns) => matchesAny(patterns, bare))
      const entry = entryFor(kind, name, selector, policy)
      return entry === undefined ? inCollection(kind, name, selector) : { entry }
    },

    findPath: (kind, path) => {
      const { paths } = kinds[kind]
      if (paths === undefined) return undefined
      const key = paths.keyOf(path)
      const listed = entries.get(key)
      const byDemand = policyFor((patterns) => coversPath(patterns, path))
      if (listed !== undefined || byDemand === undefined) return listed
      const above = pathAbove(kind, path)
      const { region } = context
      const access = above === undefined ? region && { region } : accessOf(above.address)
      if (!access) return undefined
      const policy = above?.policy ?? byDemand
      return { key, name: path, address: paths.addressOf(access, path), policy }
    },
  }
}

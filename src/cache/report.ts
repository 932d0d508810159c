/**
 * Builds the report of /ready (`reportSchema.ts`) from the state of the cache at one moment. Pure; loaded with the routes.
 */
import * as DateTime from "effect/DateTime"
import type { Entry, EntryKey } from "../domain/Entry.ts"
import type { SourceError } from "../domain/SourceError.ts"
import { EMPTY, freshnessOf, nextTryAt, type Slot } from "./Slot.ts"
import type { SharedStatus } from "../shared/Shared.ts"
import type { EntryReport, Report, SharedReport, SourceReport } from "./reportSchema.ts"
import type { Usage } from "./Usages.ts"

/** The state of the cache at one moment. */
export interface Inspection {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whether a preload is under way. */
  readonly isLoading: boolean
  readonly slotOf: (key: EntryKey) => Slot
  readonly usageOf: (key: EntryKey) => Usage | undefined
  readonly usages: ReadonlyArray<Usage>
  /** Undefined: nothing is shared. */
  readonly shared: SharedStatus | undefined
}

const MILLISECONDS = 1_000

const stateOf = (slot: Slot, now: number, { policy }: Entry): EntryReport["state"] => {
  const { absent, failing, held } = slot
  if (held !== undefined) return freshnessOf(held, slot, now, policy)
  if (absent !== undefined) return "absent"
  return failing === undefined ? "pending" : "failing"
}

const ageOf = ({ held }: Slot, now: number) =>
  held === undefined ? {} : { age: Math.floor(Math.max(0, now - held.fetchedAt) / MILLISECONDS) }

const reasonOf = (error: SourceError | undefined) =>
  error === undefined ? {} : { reason: { type: error.reason._tag, detail: error.reason.detail } }

const dateTime = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(Math.ceil(at)))

const nextTryOf = (at: number | undefined) => (at === undefined ? {} : { nextTry: dateTime(at) })

const reportShared = (status: SharedStatus): SharedReport =>
  status.state === "failing"
    ? { state: status.state, since: dateTime(status.failure.since), ...reasonOf(status.failure.error) }
    : { state: status.state }

const reportEntry = (entry: Entry, listed: boolean, { now, slotOf, usageOf }: Inspection): EntryReport => {
  const slot = slotOf(entry.key)
  return {
    kind: entry.address.kind,
    name: entry.name,
    listed,
    state: stateOf(slot, now, entry),
    ...ageOf(slot, now),
    ttl: entry.policy.ttl / MILLISECONDS,
    hits: usageOf(entry.key)?.hits ?? 0,
    ...reasonOf(slot.absent?.error ?? slot.failing?.error),
    ...nextTryOf(nextTryAt(slot, now, entry.policy)),
  }
}

const countSource = (entries: ReadonlyArray<EntryReport>) => {
  const failed = entries.filter(({ reason }) => reason !== undefined).length
  const pending = entries.filter(({ state }) => state === "pending").length
  return { listed: entries.length, loaded: entries.length - failed - pending, pending, failed }
}

const reportSources = (
  entries: ReadonlyArray<Entry>,
  reports: ReadonlyArray<EntryReport>,
): ReadonlyArray<SourceReport> => {
  const groups = Map.groupBy(
    entries.map(({ address: { kind, region } }, index) => ({ kind, region, report: reports[index] })),
    ({ kind, region }) => `${kind} ${region}`,
  )
  return Array.from(groups.values()).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { kind, region } = first
    return [{ kind, region, ...countSource(group.flatMap(({ report }) => report ?? [])) }]
  })
}

/** The report: first the entries that config.yaml lists, in its order, then the other entries that are held. */
export const report = (listed: ReadonlyMap<EntryKey, Entry>, inspection: Inspection): Report => {
  const { isLoading, shared, slotOf, usages } = inspection
  const entries = Array.from(listed.values())
  const others = usages
    .map(({ entry }) => entry)
    .filter(({ key }) => !listed.has(key) && slotOf(key) !== EMPTY)
  const reports = entries.map((entry) => reportEntry(entry, true, inspection))
  return {
    ready: !isLoading,
    ...(shared === undefined ? {} : { shared: reportShared(shared) }),
    sources: reportSources(entries, reports),
    entries: [...reports, ...others.map((entry) => reportEntry(entry, false, inspection))],
  }
}

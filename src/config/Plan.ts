/**
 * The plan: every entry to keep, each with its address and its policy, and the settings of the file that
 * the rest of the program reads. `ConfigFile` makes it; `cache/` and `http/` read it.
 */
import type { Kind } from "../domain/Address.ts"
import type { Entry, EntryKey, Policy } from "../domain/Entry.ts"

/** Whether a name that is not listed is fetched (`allow`) or answered with 404 at no cost (`deny`). */
export type OnDemand = "deny" | "allow"

export interface Plan {
  /** In the order of the file; a key occurs once. */
  readonly entries: ReadonlyMap<EntryKey, Entry>
  /** The policy of entries that are not listed. */
  readonly defaultPolicy: Policy
  readonly onDemand: OnDemand
  /**
   * The entry of a name that is not listed, under `on_demand: allow`. None for items, whose names do not tell
   * the key's attributes.
   */
  readonly unlisted: (kind: Kind, name: string) => Entry | undefined
  /** `server.port` of the file. The environment's port wins: see `Settings`. */
  readonly port?: number
  /** What was skipped and why (a name listed twice), to be logged once. */
  readonly warnings: ReadonlyArray<string>
}

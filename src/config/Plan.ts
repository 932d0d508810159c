/**
 * The plan: every entry to keep, each with its address and its policy, and the settings of the file that
 * the rest of the program reads. `ConfigFile` makes it; `cache/` and `http/` read it.
 */
import type { Kind } from "../domain/Address.ts"
import type { Entry, EntryKey, Policy } from "../domain/Entry.ts"
import type { Tokens } from "./Tokens.ts"

/** Whether a name that is not listed is fetched (`allow`) or answered with 404 at no cost (`deny`). */
export type OnDemand = "deny" | "allow"

/** What bounds the cache and the server as a whole. Times in milliseconds. */
export interface Limits {
  readonly maxEntries: number
  /** Of keys, values and their overhead. */
  readonly maxBytes: number
  /** How long a read waits for AWS in all, retries included. */
  readonly readBudget: number
  /** How long the load at start-up may take in total. */
  readonly loadBudget: number
  /** How often a fetch of a key may be forced, by no-cache or DELETE. */
  readonly forcedRefreshInterval: number
  /** An entry that has not been read for this long is no longer refreshed in the background. Undefined: three ttls. */
  readonly idleRefreshLimit: number | undefined
  /** How many requests may wait at the same moment; a further one is refused. */
  readonly maxConcurrentRequests: number
}

/** When and where metrics are logged for CloudWatch. */
export interface EmfPlan {
  /** After so many invokes, and at SHUTDOWN. */
  readonly every: number
  readonly namespace: string
}

/** Which version of a value a request asks for; nothing: what the entry says, else what AWS serves by default. */
export interface VersionSelector {
  /** A parameter's version: its number. */
  readonly version?: string
  /** A parameter's version: its label. */
  readonly label?: string
  /** A secret's version: its id. */
  readonly versionId?: string
  /** A secret's version: its staging label. */
  readonly versionStage?: string
}

/** What serves a request: an entry or, where a whole path is kept, one member of its JSON object. */
export interface Found {
  readonly entry: Entry
  readonly member?: string
  /** The same member by itself, for as long as its path is not there. */
  readonly alone?: Entry
}

/** Whether a plan asks for the second port, whose clients were written for another extension. */
export const hasSecondPort = ({
  parametersAndSecrets,
  workloadCredentials,
}: Pick<Plan, "parametersAndSecrets" | "workloadCredentials">): boolean =>
  parametersAndSecrets || workloadCredentials

export interface Plan {
  /** In the order of the file; a key occurs once. */
  readonly entries: ReadonlyMap<EntryKey, Entry>
  /** The policy of entries that are not listed. */
  readonly defaultPolicy: Policy
  readonly limits: Limits
  readonly onDemand: OnDemand
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
  /** The entry of a whole path of Parameter Store: a listed one or, under `on_demand: allow`, any. */
  readonly findPath: (path: string) => Entry | undefined
  /** `compatibility.parameters_and_secrets`: whether the routes of that extension are offered on its port. */
  readonly parametersAndSecrets: boolean
  /** `compatibility.workload_credentials`: whether the routes of AWS's workload credentials provider are offered there too. */
  readonly workloadCredentials: boolean
  /** `server.port` of the file. The environment's port wins: see `Settings`. */
  readonly port?: number
  /** Metrics in CloudWatch's Embedded Metric Format; absent: none. */
  readonly emf?: EmfPlan
  /** `tracing.endpoint`, a base URL. The environment's wins: see `Settings`. */
  readonly otlpEndpoint?: string
  /** What requests must carry one of, under `server.token: required`. */
  readonly tokens?: Tokens
  /** What was skipped and why (a name listed twice) and what looks wrong, to be logged once. */
  readonly warnings: ReadonlyArray<string>
}

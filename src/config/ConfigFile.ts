/**
 * Builds the plan from the text of config.yaml: checks its document (`readDocument.ts`), and turns it into entries with their
 * policies, or reports all its faults at once. `Plan` reads the file. Pure, but for the import of what reads `shared`.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Entry, type EntryKey, entryKey, type Policy } from "../domain/Entry.ts"
import { ConfigInvalid, type Fault } from "./yaml/ConfigInvalid.ts"
import { decodeAt } from "./fields/decode.ts"
import * as defaults from "../domain/defaults.ts"
import { COLLECTIONS, KINDS, kinds } from "../kinds/kinds.ts"
import { makeLookup } from "../kinds/lookup.ts"
import { limitWarnings, makeLimits } from "./limits.ts"
import { readConfigDocument } from "./readDocument.ts"
import type { EmfPlan, PlanShape } from "./Plan.ts"
import { type CommonFrame, EXTENSION_PREFIX, FileFrame, NULLABLE_KEYS, withCommon } from "./configFields.ts"
import { DEFAULT_POLICY, settlePolicy } from "./fields/policies.ts"
import type { Draft, Reading, SectionContext } from "../kinds/Section.ts"
import type { Tokens } from "./environment/tokens.ts"
import type { Environment } from "./environment/variables.ts"
import type { FileRead } from "./readConfigFile.ts"
import { isExposed, requiredTokens, tokenFaults } from "./tokenRules.ts"
import { type Duplicate, skippedWarnings, undecidedWarnings, unexpandedWarnings } from "./warnings.ts"
import type { SharedPlan } from "./SharedPlan.ts"
import type { ReadShared } from "./shared/plan.ts"
import { isMapping, type YamlDocument, type YamlValue } from "./yaml/YamlDocument.ts"

/** What the plan depends on besides the text. */
export interface ConfigContext {
  /** The path of the file, for messages. */
  readonly file: string
  /** The function's region, for items without one. */
  readonly region: string | undefined
  /** CACHE_EXTENSION_TTL in milliseconds, which overrides every ttl of the file. */
  readonly ttl: number | undefined
  /** CACHE_EXTENSION_EMF_EVERY, which overrides `metrics.emf_every`. */
  readonly emfEvery?: number | undefined
  /** CACHE_EXTENSION_DEFAULTS: what holds for keys that the file does not have. */
  readonly common?: CommonFrame | undefined
  /** The function's memory in MiB, if known. */
  readonly memory?: number | undefined
  /** AWS_LAMBDA_FUNCTION_NAME: the default namespace of the shared tier. */
  readonly functionName?: string | undefined
  /** AWS_LAMBDA_INITIALIZATION_TYPE, if known. */
  readonly initializationType?: string | undefined
  /** What `server.token: required` accepts; undefined if the function's environment is unknown. */
  readonly tokens?: Tokens
  /** Whether the file is for an agent, outside of Lambda. There a token is required by default. Default: false. */
  readonly isAgent?: boolean
  /** The address that an agent listens on; undefined: the loopback interface. */
  readonly address?: string | undefined
  /** What `compatibility.workload_credentials: on` accepts; undefined if the function's environment is unknown. */
  readonly workloadTokens?: Tokens
  /** The variables that the text may name. Default: none. */
  readonly environment?: Environment | undefined
  /** The folder from which `include` is meant. Default: that of the file. */
  readonly folder?: string | undefined
  /** Reads the file that `include` names. Default: there is none to be read. */
  readonly readFile?: ((path: string) => Effect.Effect<FileRead>) | undefined
}

/** The namespace of the shared tier in a plan that does not depend on the function's name. No function has this name. */
export const UNKNOWN_FUNCTION = "the function's name"

/** The top level without extension keys (`x-...`) and without empty mappings. */
const withoutEmptyKeys = (document: YamlDocument): YamlValue => {
  const { value: root } = document
  if (document.isNothing([], root)) return {}
  if (!isMapping(root)) return root
  const isKept = ([key, value]: readonly [string, YamlValue]): boolean =>
    !key.startsWith(EXTENSION_PREFIX) && !(NULLABLE_KEYS.includes(key) && document.isNothing([key], value))
  return Object.fromEntries(Object.entries(root).filter(isKept))
}

const makeSectionContext = (frame: FileFrame, { region }: ConfigContext): SectionContext => ({
  region,
  numbers: frame.cache?.numbers ?? defaults.DEFAULT_NUMBERS,
})

/** What sections list, and the collections that the file declares. */
const readSections = (document: YamlDocument, root: YamlValue, context: SectionContext) => {
  const sections = isMapping(root) ? Object.entries(root) : []
  const listed = sections.flatMap(([key, section]) => {
    const kind = KINDS.find((name) => name === key)
    return kind === undefined ? [] : [kinds[kind].section.read(document, section, context)]
  })
  const declared = sections.flatMap(
    ([key, section]) => COLLECTIONS.get(key)?.read(document, section, context) ?? [],
  )
  return { listed: joined(listed), declared: joined(declared) }
}

const joined = (readings: ReadonlyArray<Reading>): Reading => ({
  drafts: readings.flatMap(({ drafts }) => drafts),
  faults: readings.flatMap(({ faults }) => faults),
})

/** Faults by line and column, those of an included file last. */
export const inOrderOfLines = (faults: ReadonlyArray<Fault>): ReadonlyArray<Fault> =>
  faults.toSorted(
    (left, right) =>
      (left.file ?? "").localeCompare(right.file ?? "") ||
      (left.line ?? 0) - (right.line ?? 0) ||
      (left.column ?? 0) - (right.column ?? 0),
  )

const invalidFile = ({ file }: ConfigContext, faults: ReadonlyArray<Fault>) =>
  new ConfigInvalid({ file, faults: inOrderOfLines(faults) })

const invalid = (context: ConfigContext, faults: ReadonlyArray<Fault>) =>
  Result.fail(invalidFile(context, faults))

/** The function's name is required only where its environment is known, as tokens are. */
const sharedContext = ({ functionName, region, tokens }: ConfigContext) => ({
  region,
  functionName: functionName ?? (tokens === undefined ? UNKNOWN_FUNCTION : undefined),
})

/** The entries by key. If two have the same name, the first wins, as in the Go sample. */
const planEntries = (
  drafts: ReadonlyArray<Draft>,
  policyOf: (draft: Draft) => Policy,
): {
  readonly entries: ReadonlyMap<EntryKey, Entry>
  readonly duplicates: ReadonlyArray<Duplicate>
} => {
  const firsts = new Map<EntryKey, Draft>()
  const entries = new Map<EntryKey, Entry>()
  const duplicates: Array<Duplicate> = []
  for (const draft of drafts) {
    const key = draft.key ?? entryKey(draft.address.kind, draft.name)
    const first = firsts.get(key)
    if (first === undefined) {
      firsts.set(key, draft)
      entries.set(key, { key, name: draft.name, address: draft.address, policy: policyOf(draft) })
    } else {
      duplicates.push({ first, skipped: draft })
    }
  }
  return { entries, duplicates }
}

const makeEmf = ({ metrics = {} }: FileFrame, { emfEvery }: ConfigContext): EmfPlan | undefined => {
  const every = emfEvery ?? metrics.emf_every
  return every === undefined
    ? undefined
    : { every, namespace: metrics.emf_namespace ?? defaults.DEFAULT_EMF_NAMESPACE }
}

const EMF_WARNING =
  "metrics.emf_every counts invokes, and outside of Lambda there are none: metrics are logged once, at the end; /metrics has them at any time"

const makePlan = (
  document: YamlDocument,
  root: YamlValue,
  frame: FileFrame,
  drafts: ReadonlyArray<Draft>,
  declared: ReadonlyArray<Draft>,
  shared: SharedPlan | undefined,
  context: ConfigContext,
): PlanShape => {
  const defaultPolicy = settlePolicy(frame.cache ?? {}, DEFAULT_POLICY, context.ttl)
  const policyOf = (draft: Draft): Policy => settlePolicy(draft.policy, defaultPolicy, context.ttl)
  const onDemand = frame.on_demand ?? defaults.DEFAULT_ON_DEMAND
  const parametersAndSecrets =
    frame.compatibility?.parameters_and_secrets ?? defaults.DEFAULT_PARAMETERS_AND_SECRETS
  const workloadCredentials =
    frame.compatibility?.workload_credentials ?? defaults.DEFAULT_WORKLOAD_CREDENTIALS
  const appConfigAgent = frame.compatibility?.appconfig_agent ?? defaults.DEFAULT_APPCONFIG_AGENT
  const { duplicates, entries } = planEntries(drafts, policyOf)
  const planned = planEntries(declared, policyOf)
  const collections = Array.from(planned.entries.values())
  const emf = makeEmf(frame, context)
  const otlpEndpoint = frame.tracing?.endpoint
  const port = frame.server?.port
  const tokens = requiredTokens(frame, context)
  return {
    entries,
    ...(collections.length === 0 ? {} : { collections }),
    warnings: [
      ...skippedWarnings([...duplicates, ...planned.duplicates], document, context.file),
      ...limitWarnings(frame.cache ?? {}, context),
      ...undecidedWarnings(
        drafts.map(({ address }) => address),
        // Outside of Lambda a token is required unless the file says otherwise.
        context.isAgent === true ? "required" : frame.server?.token,
        context.file,
      ),
      ...unexpandedWarnings(document, root, context.file),
      ...(context.isAgent === true && emf !== undefined ? [EMF_WARNING] : []),
    ],
    defaultPolicy,
    limits: makeLimits(frame, context.memory),
    onDemand,
    ...makeLookup({
      entries,
      collections,
      onDemand,
      defaultPolicy,
      regions: frame.regions ?? [],
      context: makeSectionContext(frame, context),
    }),
    parametersAndSecrets: parametersAndSecrets === "on",
    workloadCredentials: workloadCredentials === "on",
    offersAppConfigAgent: appConfigAgent === "on",
    ...(port === undefined ? {} : { port }),
    ...(emf === undefined ? {} : { emf }),
    ...(otlpEndpoint === undefined ? {} : { otlpEndpoint }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(shared === undefined ? {} : { shared }),
    ...(context.isAgent === true ? { isAgent: true, isExposed: isExposed(context) } : {}),
  }
}

/** The section `shared` of a document; undefined if neither it nor CACHE_EXTENSION_DEFAULTS has one. */
const sharedOf = ({ value }: YamlDocument, { common }: ConfigContext) => {
  const written = isMapping(value) && Object.hasOwn(value, "shared") ? value["shared"] : undefined
  // Scalars of the variable are texts, as in a file.
  const inCommon = common?.shared as YamlValue | undefined
  return written === undefined && inCommon === undefined ? undefined : { written, inCommon }
}

/**
 * The plan of a document, or all its faults.
 *
 * @param readShared reads the section `shared`; undefined only if there is none
 */
export const planFrom = (
  document: YamlDocument,
  context: ConfigContext,
  readShared: ReadShared | undefined,
): Result.Result<PlanShape, ConfigInvalid> => {
  const root = withoutEmptyKeys(document)
  const frame = Result.map(decodeAt(FileFrame, document, [], root), (frame) =>
    withCommon(frame, context.common),
  )
  // Sections are read even if the frame has faults, so that theirs are reported too.
  const { declared, listed } = readSections(
    document,
    root,
    makeSectionContext(
      Result.getOrElse(frame, () => ({})),
      context,
    ),
  )
  const unexpanded = document.textFaults ?? []
  const isKnown = ({ column, file, line }: Fault): boolean =>
    unexpanded.some((known) => known.file === file && known.line === line && known.column === column)
  const invalidWith = (others: ReadonlyArray<Fault>) =>
    // Without its variables, nobody knows what the text would be, so it has no other fault.
    invalid(context, [...unexpanded, ...others.filter((fault) => !isKnown(fault))])

  const faults = [...listed.faults, ...declared.faults]
  if (Result.isFailure(frame)) return invalidWith([...frame.failure, ...faults])

  const { drafts } = listed
  const section = sharedOf(document, context)
  const shared =
    section === undefined
      ? undefined
      : readShared?.(
          document,
          section.written,
          section.inCommon,
          [...drafts, ...declared.drafts],
          sharedContext(context),
        )
  const allFaults = [
    ...faults,
    ...(shared !== undefined && Result.isFailure(shared) ? shared.failure : []),
    ...tokenFaults(document, frame.success, context),
  ]
  if (allFaults.length > 0 || unexpanded.length > 0) return invalidWith(allFaults)

  const sharedPlan = shared === undefined ? undefined : Result.getOrUndefined(shared)
  return Result.succeed(makePlan(document, root, frame.success, drafts, declared.drafts, sharedPlan, context))
}

/** The plan of a document, or all its faults. Imports the code for the section `shared`, if there is one. */
export const planOf = Effect.fnUntraced(function* (document: YamlDocument, context: ConfigContext) {
  const plan =
    sharedOf(document, context) === undefined
      ? undefined
      : yield* Effect.promise(() => import("./shared/plan.ts"))
  return yield* Effect.fromResult(planFrom(document, context, plan?.readShared))
})

/** Builds the plan. An empty text gives a plan without entries. */
export const parseConfig = (text: string, context: ConfigContext): Effect.Effect<PlanShape, ConfigInvalid> =>
  Effect.flatMap(readConfigDocument(text, context), (document) => planOf(document, context))

/**
 * Reads the section `shared` of config.yaml: decodes it, checks the rules that concern several keys, and makes the plan of the
 * shared tier. `ConfigFile.ts` imports this only for a file that has the section. Pure.
 */
import * as Result from "effect/Result"
import type { AddressOf, Kind } from "../../domain/Address.ts"
import { DEFAULT_SHARED_TIMEOUT } from "../../domain/defaults.ts"
import type { Entry, Policy } from "../../domain/Entry.ts"
import { arnRegion } from "../../kinds/arn.ts"
import { KINDS, kinds } from "../../kinds/kinds.ts"
import { currentSecret } from "../../kinds/secrets/secretId.ts"
import type { Draft } from "../../kinds/Section.ts"
import { decodeAt, faultAt } from "../fields/decode.ts"
import { REGION_ALLOWED } from "../fields/grammar.ts"
import type { EncryptionPlan, RedisLogin, SharedPlan, StorePlan } from "../SharedPlan.ts"
import type { Fault } from "../yaml/ConfigInvalid.ts"
import { isMapping, type YamlDocument, type YamlValue } from "../yaml/YamlDocument.ts"
import { NAMESPACE_ALLOWED, sharedField, type SharedKeys } from "./fields.ts"
import { STORE_ALLOWED, type StoreUrl } from "./storeUrl.ts"

/** What the section depends on besides its text. */
export interface SharedContext {
  /** The function's region. */
  readonly region: string | undefined
  /** The function's name; undefined: there is none. */
  readonly functionName: string | undefined
}

/** A rule that is broken, at a key below `shared`. */
interface Broken {
  readonly path: ReadonlyArray<string>
  readonly found: string
  readonly allowed: string
}

const ENCRYPTIONS = ["kms_key", "secret", "parameter"] as const
const REDIS_KEYS = ["username", "password", "iam"] as const

const encryptionRule = ({ encryption }: SharedKeys): ReadonlyArray<Broken> => {
  if (encryption === undefined) return []
  const given = ENCRYPTIONS.filter((key) => encryption[key] !== undefined)
  if (given.length === 1) return []
  const found = given.length === 0 ? "none of its keys" : given.join(" and ")
  return [{ path: ["encryption"], found, allowed: `one of ${ENCRYPTIONS.join(", ")}` }]
}

/** The shortest time in which a store could answer, in milliseconds. */
const LEAST_TIMEOUT = 1

const timeoutRule = ({ timeout }: SharedKeys): ReadonlyArray<Broken> =>
  timeout === undefined || timeout >= LEAST_TIMEOUT
    ? []
    : [{ path: ["timeout"], found: `${timeout}ms`, allowed: `${LEAST_TIMEOUT}ms or more` }]

const loginRules = (keys: SharedKeys): ReadonlyArray<Broken> => {
  const { iam, password, store, username } = keys
  if (store?._tag === "DynamoDb")
    return REDIS_KEYS.filter((key) => keys[key] !== undefined).map((key) => ({
      path: [key],
      found: "it, and a store in DynamoDB",
      allowed: "nothing: DynamoDB is called with the function's own role",
    }))
  if (iam !== undefined && (username !== undefined || password !== undefined))
    return [
      { path: ["iam"], found: "it beside username or password", allowed: "iam, or username and password" },
    ]
  if (iam !== undefined && store?.isTls === false)
    return [
      { path: ["iam"], found: "it, and a store without TLS", allowed: "iam with valkeys:// or rediss://" },
    ]
  if (username !== undefined && password === undefined)
    return [{ path: ["username"], found: "it without password", allowed: "both, or neither" }]
  return []
}

const storeRule = ({ store }: SharedKeys): ReadonlyArray<Broken> =>
  store === undefined ? [{ path: ["store"], found: "nothing", allowed: STORE_ALLOWED }] : []

/** Whether anything in the section is called with a region. */
const needsRegion = ({ encryption, iam, password, store }: SharedKeys): boolean =>
  store?._tag === "DynamoDb" || encryption !== undefined || iam !== undefined || password !== undefined

const contextRules = (keys: SharedKeys, { functionName, region }: SharedContext): ReadonlyArray<Broken> => [
  ...(needsRegion(keys) && keys.region === undefined && region === undefined
    ? [
        {
          path: ["region"],
          found: "nothing, and AWS_REGION is not set",
          allowed: `${REGION_ALLOWED}, here or in AWS_REGION`,
        },
      ]
    : []),
  ...(keys.namespace === undefined && functionName === undefined
    ? [
        {
          path: ["namespace"],
          found: "nothing, and AWS_LAMBDA_FUNCTION_NAME is not set",
          allowed: NAMESPACE_ALLOWED,
        },
      ]
    : []),
]

/** Whether values of a kind may be secrets, so that the shared tier takes them only encrypted. */
const mayBeSecret = (kind: Kind): boolean => kinds[kind].mayBeSecret === true

interface Sharing {
  readonly isEncrypted: boolean
  readonly kinds: ReadonlySet<Kind>
}

/** Whether an entry goes to the shared tier. */
const isSharedBy = (
  { isEncrypted, kinds: shared }: Sharing,
  { address, policy }: { readonly address: Entry["address"]; readonly policy: Pick<Policy, "shared"> },
): boolean =>
  shared.has(address.kind) &&
  policy.shared !== "never" &&
  (isEncrypted ||
    (!kinds[address.kind].isSecret(address) && (!mayBeSecret(address.kind) || policy.shared === "plain")))

/** Whether the shared tier keeps the value of an entry. */
export const isShared = ({ encryption, kinds: shared }: SharedPlan, entry: Entry): boolean =>
  isSharedBy({ isEncrypted: encryption !== undefined, kinds: shared }, entry)

const policyOf = ({ policy }: Draft): Pick<Policy, "shared"> => {
  if (policy.shared === false) return { shared: "never" }
  return policy.shared === "plain" ? { shared: "plain" } : {}
}

/** The items whose values would have to be encrypted, each once. */
const unencrypted = (drafts: ReadonlyArray<Draft>, sharing: Sharing): ReadonlyArray<Draft> => {
  const items = new Map<string, Draft>()
  for (const draft of drafts) {
    const { address } = draft
    const policy = policyOf(draft)
    const isWanted = sharing.kinds.has(address.kind) && policy.shared !== "never"
    if (isWanted && !isSharedBy(sharing, { address, policy })) {
      const item = draft.path.slice(0, 2).join(".")
      if (!items.has(item)) items.set(item, draft)
    }
  }
  return Array.from(items.values())
}

const unencryptedFault = (document: YamlDocument, { address, path }: Draft): Fault => {
  const { kind } = address
  const { isSecret, plainIf } = kinds[kind]
  const isPlainAllowed = plainIf !== undefined && !isSecret(address)
  const instead = isPlainAllowed ? `, or shared: plain if ${plainIf}` : ""
  return faultAt(
    document,
    path.slice(0, 2),
    isSecret(address)
      ? "secrets that are shared without encryption"
      : `${kind} that may be secrets, and are shared without encryption`,
    `shared.encryption, shared.kinds without ${kind}, or here shared: false${instead}`,
  )
}

const secretAddress = (name: string, region: string): AddressOf<"secrets"> =>
  currentSecret(name, { region: arnRegion(name) ?? region })

const loginOf = ({ iam, password, username }: SharedKeys, region: string): RedisLogin | undefined => {
  if (iam !== undefined) return { _tag: "Iam", user: iam.user, cache: iam.cache, region }
  if (password === undefined) return undefined
  const secret = secretAddress(password.secret, region)
  return {
    _tag: "Password",
    secret,
    ...(username === undefined ? {} : { username }),
    ...(password.json === undefined ? {} : { json: password.json }),
  }
}

const storeOf = (url: StoreUrl, keys: SharedKeys, region: string): StorePlan => {
  if (url._tag === "DynamoDb") return { ...url, region }
  const login = loginOf(keys, region)
  return login === undefined ? url : { ...url, login }
}

const encryptionOf = ({ encryption }: SharedKeys, region: string): EncryptionPlan | undefined => {
  if (encryption?.kms_key !== undefined)
    return { _tag: "Kms", keyId: encryption.kms_key, region: arnRegion(encryption.kms_key) ?? region }
  if (encryption?.secret !== undefined)
    return { _tag: "Key", address: secretAddress(encryption.secret, region) }
  return encryption?.parameter === undefined
    ? undefined
    : {
        _tag: "Key",
        address: {
          kind: "parameters",
          region: arnRegion(encryption.parameter) ?? region,
          name: encryption.parameter,
        },
      }
}

/** A fault at a key that the file does not have is about the variable that has it. */
const placed = (fault: Fault, written: YamlValue | undefined): Fault => {
  const [, key = ""] = /^shared\.(\w+)/.exec(fault.key) ?? []
  const isWritten = key === "" || !isMapping(written) || Object.hasOwn(written, key)
  return isWritten ? fault : { ...fault, key: `${fault.key} (by CACHE_EXTENSION_DEFAULTS)` }
}

/** The section with the keys of CACHE_EXTENSION_DEFAULTS that it does not have. */
const merged = (written: YamlValue | undefined, common: YamlValue | undefined): YamlValue => {
  if (written === undefined) return common ?? null
  return isMapping(common) && isMapping(written) ? { ...common, ...written } : written
}

/**
 * The plan of the shared tier, or all faults of the section; undefined if no kind is shared.
 *
 * @param written the section of the file; undefined if only CACHE_EXTENSION_DEFAULTS has it
 * @param common what CACHE_EXTENSION_DEFAULTS says
 */
export const readShared = (
  document: YamlDocument,
  written: YamlValue | undefined,
  common: YamlValue | undefined,
  drafts: ReadonlyArray<Draft>,
  context: SharedContext,
): Result.Result<SharedPlan | undefined, ReadonlyArray<Fault>> => {
  const fail = (faults: ReadonlyArray<Fault>) =>
    Result.fail(common === undefined ? faults : faults.map((fault) => placed(fault, written ?? {})))
  const decoded = decodeAt(sharedField, document, ["shared"], merged(written, common))
  if (Result.isFailure(decoded)) return fail(decoded.failure)
  const keys = decoded.success
  const shared = new Set(keys.kinds ?? KINDS)
  const broken = [
    ...storeRule(keys),
    ...timeoutRule(keys),
    ...encryptionRule(keys),
    ...loginRules(keys),
    ...contextRules(keys, context),
  ]
  const secrets = unencrypted(drafts, { isEncrypted: keys.encryption !== undefined, kinds: shared })
  const faults = [
    ...broken.map(({ allowed, found, path }) => faultAt(document, ["shared", ...path], found, allowed)),
    ...secrets.map((draft) => unencryptedFault(document, draft)),
  ]
  if (faults.length > 0 || keys.store === undefined) return fail(faults)
  if (shared.size === 0) return Result.succeed(undefined)
  const region = keys.region ?? context.region ?? ""
  const encryption = encryptionOf(keys, region)
  return Result.succeed({
    store: storeOf(keys.store, keys, region),
    namespace: keys.namespace ?? context.functionName ?? "",
    timeout: keys.timeout ?? DEFAULT_SHARED_TIMEOUT,
    kinds: shared,
    ...(encryption === undefined ? {} : { encryption }),
  })
}

/** `ConfigFile.ts` is given it, because other files need nothing of this module. */
export type ReadShared = typeof readShared

/**
 * The section `parameters`: parameters of Parameter Store, by name, path, ARN or secret reference.
 *
 * As in the Go sample, but `region` is optional, and `role_arn`, `paths` and the policy keys are new. Functions request a
 * parameter by the name in this list, or by its full name below a listed path.
 */
import type { AddressOf } from "../../domain/Address.ts"
import type { ParameterPathAddress } from "./address.ts"
import { entryKey } from "../../domain/Entry.ts"
import { labelFault, parameterFault, pathFault } from "./name.ts"
import { PATH_ALLOWED, pathKey } from "./path.ts"
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedOrPlainField } from "../../config/fields/policies.ts"
import {
  defineSection,
  type Draft,
  type ItemFault,
  listed,
  type Version,
  type VersionSelector,
  type WrittenItem,
} from "../Section.ts"

/** What `shared: plain` declares. */
export const PLAIN_IF = "none of them is a SecureString"

const NAMES_ALLOWED = "a list of parameter names"

const item = fields.mapping(
  {
    ...accessFields,
    names: fields.optional(
      fields.list(
        fields.named(
          "A parameter's name or ARN, optionally with :version or :label, or /aws/reference/secretsmanager/<secret>.",
          "a parameter's name or ARN",
          parameterFault,
        ),
        "The parameters to keep. A name is what functions ask for: GET /parameters?name=<name>.",
        NAMES_ALLOWED,
      ),
    ),
    paths: fields.optional(
      fields.list(
        fields.named("A path, such as /app/prod/.", PATH_ALLOWED, pathFault),
        "The paths below which every parameter is kept, at any depth: GET /parameters?path=<path> gives all of them, GET /parameters?name=<name> one.",
        "a list of paths",
      ),
    ),
    recursive: fields.optional(
      fields.flag("Whether paths are read at any depth, or only directly below them (false). Default true."),
    ),
    label: fields.optional(
      fields.named(
        "The label of the versions that paths read; parameters without it are left out. Default: the latest versions.",
        "a label of parameter versions such as live",
        labelFault,
      ),
    ),
    ...policyFields,
    ...sharedOrPlainField("these parameters", PLAIN_IF),
  },
  "Parameters of one region, read as one role: by their names, by paths, or both.",
)

/** The fault of an item that lists nothing. */
const listRule = ({ values }: WrittenItem): ReadonlyArray<ItemFault> =>
  Object.hasOwn(values, "names") || Object.hasOwn(values, "paths")
    ? []
    : [{ path: ["names"], found: "nothing", allowed: `${NAMES_ALLOWED}, or paths` }]

/** The faults of keys that say how paths are read, in an item without paths. */
const pathsRule = ({ values }: WrittenItem): ReadonlyArray<ItemFault> =>
  Object.hasOwn(values, "paths")
    ? []
    : ["recursive", "label"]
        .filter((key) => Object.hasOwn(values, key))
        .map((key) => ({
          path: [key],
          found: "it without paths",
          allowed: "it beside paths; a name has a label behind a colon",
        }))

/** A name or ARN, and the `:version` or `:label` behind it. */
const WITH_SELECTOR = /^(arn:[^:]*:[^:]*:[^:]*:[^:]*:[^:]+|(?!arn:)[^:]+):([^:]+)$/s
const VERSION = /^\d+$/
const LABEL = /^[^:]+$/

const splitName = (text: string): readonly [name: string, selector: VersionSelector] | undefined => {
  const [, name, selector] = WITH_SELECTOR.exec(text) ?? []
  if (name === undefined || selector === undefined) return undefined
  return [name, VERSION.test(selector) ? { version: selector } : { label: selector }]
}

/** The suffix of a name that selects a version. */
const selectorText = ({ label, version }: VersionSelector): string | undefined => {
  if (version === undefined) return label !== undefined && LABEL.test(label) ? label : undefined
  return label === undefined && VERSION.test(version) ? version : undefined
}

const versionOf = (
  address: AddressOf<"parameters">,
  selector: VersionSelector,
): Version<"parameters"> | undefined => {
  const text = selectorText(selector)
  if ("path" in address) return undefined
  if (text === undefined || splitName(address.name) !== undefined) return undefined
  const name = `${address.name}:${text}`
  return { key: entryKey("parameters", name), name, address: { ...address, name } }
}

export const section = defineSection({
  kind: "parameters",
  description: "Parameters of Parameter Store, read with decryption.",
  item,
  rules: (written, context) => [
    ...listRule(written),
    ...pathsRule(written),
    ...regionRule(written, listed(written, "names", "paths"), context.region),
  ],
  addressOf: (name, context) => {
    const access = resolveAccess({}, name, context.region)
    return access && { kind: "parameters", ...access, name }
  },
  faultOf: (address) => ("path" in address ? pathFault(address.path) : parameterFault(address.name)),
  splitName,
  versionOf,
  drafts: (item, at, context) => [
    ...(item.names ?? []).flatMap((name, index): ReadonlyArray<Draft> => {
      const access = resolveAccess(item, name, context.region)
      if (access === undefined) return [] // `regionRule` has reported it.
      const address: AddressOf<"parameters"> = { kind: "parameters", ...access, name }
      return [{ name, address, policy: item, path: [...at, "names", index] }]
    }),
    ...(item.paths ?? []).flatMap((path, index): ReadonlyArray<Draft> => {
      const access = resolveAccess(item, path, context.region)
      if (access === undefined) return []
      const address: ParameterPathAddress = {
        kind: "parameters",
        ...access,
        path,
        ...(item.recursive === false ? { recursive: false } : {}),
        ...(item.label === undefined ? {} : { label: item.label }),
      }
      return [{ key: pathKey(path), name: path, address, policy: item, path: [...at, "paths", index] }]
    }),
  ],
})

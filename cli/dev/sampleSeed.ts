/**
 * Sample values for what a config.yaml lists, for a run without a seed file. They are made from the names, so that
 * each answer shows what was read. Pure.
 */
import type { Seed } from "../../local/aws/seed.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Address } from "../../src/domain/Address.ts"
import { SECRET_REFERENCE } from "../../src/kinds/parameters/address.ts"

type AddressOf<K extends Address["kind"]> = Extract<Address, { readonly kind: K }>
type Sample<K extends keyof Seed> = NonNullable<Seed[K]> extends ReadonlyArray<infer Entry> ? Entry : never

/** `arn:aws:ssm:eu-west-1:123456789012:parameter/name`, and the same for secrets. */
const PARAMETER_ARN = /^arn:[^:]+:ssm:([^:]*):[^:]*:parameter(\/[^:]+)((?::.+)?)$/
const SECRET_ARN = /^arn:[^:]+:secretsmanager:([^:]*):[^:]*:secret:(.+)$/

const isNumber = (text: string): boolean => /^\d+$/.test(text)

/** Of a secret's ARN the whole end is the name: local AWS finds it by an ARN to which it has added a suffix of its own. */
const secretOf = (id: string, region: string): Sample<"secrets"> => {
  const [, arnRegion, arnName] = SECRET_ARN.exec(id) ?? []
  const name = arnName ?? id
  return { name, region: arnRegion ?? region, json: { username: "sample", password: `sample of ${name}` } }
}

interface Samples {
  readonly parameters?: ReadonlyArray<Sample<"parameters">>
  readonly secrets?: ReadonlyArray<Sample<"secrets">>
  readonly tables?: ReadonlyArray<Sample<"tables">>
  readonly appconfig?: ReadonlyArray<Sample<"appconfig">>
}

const parameterOf = (address: AddressOf<"parameters">): Samples => {
  const { region } = address
  if ("path" in address) {
    const name = `${address.path.replace(/\/$/, "")}/sample`
    return { parameters: [{ name, value: `sample of ${name}`, region }] }
  }
  if (address.name.startsWith(SECRET_REFERENCE)) {
    const [id = ""] = address.name.slice(SECRET_REFERENCE.length).split(":", 1)
    return { secrets: [secretOf(id, region)] }
  }
  const [, arnRegion, arnName, arnSelector = ""] = PARAMETER_ARN.exec(address.name) ?? []
  const [plainName = "", plainSelector = ""] = address.name.split(":")
  const name = arnName ?? plainName
  const selector = arnName === undefined ? plainSelector : arnSelector.slice(1)
  const labels = selector === "" || isNumber(selector) ? {} : { labels: [selector] }
  return { parameters: [{ name, value: `sample of ${name}`, region: arnRegion ?? region, ...labels }] }
}

const itemOf = (address: AddressOf<"dynamodb">): Samples => {
  const keys = [address.hash, ...(address.sort === undefined ? [] : [address.sort])]
  const [hashKey, sortKey] = keys.map(({ name, type }) => ({ name, type }))
  if (hashKey === undefined) return {}
  const values = keys.map(({ name, type, value }) => [name, type === "S" ? value : { [`$${type}`]: value }])
  const item = {
    ...Object.fromEntries(values),
    Data: `sample of ${keys.map(({ value }) => value).join("-")}`,
  }
  // A table may be named by its ARN.
  const name = address.table.split("/").at(-1) ?? address.table
  return { tables: [{ name, hashKey, ...(sortKey === undefined ? {} : { sortKey }), items: [item] }] }
}

const sampleOf = (address: Address): Samples => {
  switch (address.kind) {
    case "parameters":
      return parameterOf(address)
    case "secrets":
      return { secrets: [secretOf(address.secretId, address.region)] }
    case "dynamodb":
      return itemOf(address)
    case "appconfig": {
      const { application, environment, profile, region } = address
      return { appconfig: [{ application, environment, profile, region, json: { sample: profile } }] }
    }
  }
}

/** One entry for each name in a region. */
const merged = <A extends { readonly region?: string }>(
  entries: ReadonlyArray<A>,
  nameOf: (entry: A) => string,
  merge: (first: A, other: A) => A,
): ReadonlyArray<A> => {
  const all = new Map<string, A>()
  for (const entry of entries) {
    const id = `${entry.region ?? ""} ${nameOf(entry)}`
    const first = all.get(id)
    all.set(id, first === undefined ? entry : merge(first, entry))
  }
  return [...all.values()]
}

const both = <A>(left: ReadonlyArray<A> = [], right: ReadonlyArray<A> = []): ReadonlyArray<A> => [
  ...left,
  ...right,
]

/** A seed with a value for every entry of a plan. */
export const sampleSeed = ({ entries }: Pick<PlanShape, "entries">): Seed => {
  const samples = [...entries.values()].map(({ address }) => sampleOf(address))
  const parameters = merged(
    samples.flatMap((each) => each.parameters ?? []),
    ({ name }) => name,
    (first, other) => ({ ...first, labels: [...new Set(both(first.labels, other.labels))] }),
  )
  const secrets = merged(
    samples.flatMap((each) => each.secrets ?? []),
    ({ name }) => name,
    (first) => first,
  )
  const tables = merged(
    samples.flatMap((each) => each.tables ?? []),
    ({ name }) => name,
    (first, other) => ({ ...first, items: both(first.items, other.items) }),
  )
  const appconfig = merged(
    samples.flatMap((each) => each.appconfig ?? []),
    ({ application, environment, profile }) => JSON.stringify([application, environment, profile]),
    (first) => first,
  )
  return { parameters, secrets, tables, appconfig }
}

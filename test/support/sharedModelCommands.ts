/**
 * The commands of the fleet's model, its environments and its entries.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { type Address, accessText } from "../../src/domain/Address.ts"
import type { Entry } from "../../src/domain/Entry.ts"
import { HOUR, MINUTE, nameAt, parameter, SECOND } from "./entries.ts"

const inRegion = (entry: Entry, region: string): Entry => ({
  ...entry,
  key: `parameters:${entry.name} in ${region}`,
  address: { ...entry.address, region },
})

const asRole = (entry: Entry, roleArn: string): Entry => ({
  ...entry,
  key: `parameters:${entry.name} as ${roleArn}`,
  address: { ...entry.address, roleArn },
})

const plain = parameter("plain", { ttl: MINUTE })

/** The same name in another region and as another role is another entry. */
export const ENTRIES = {
  plain,
  refreshed: parameter("refreshed", { ttl: MINUTE, staleWhileRevalidate: 5 * MINUTE }),
  elsewhere: inRegion(plain, "eu-west-1"),
  asAnother: asRole(plain, "arn:aws:iam::123456789012:role/other"),
} as const
type Name = keyof typeof ENTRIES

const NAMES = ["plain", "refreshed", "elsewhere", "asAnother"] as const

/** Three of one fleet, of which one lists other names and two have wrong clocks; and one of another. */
export const ENVIRONMENTS = [
  { namespace: "shop", entries: NAMES, offset: 0 },
  { namespace: "shop", entries: NAMES, offset: 10 * SECOND },
  { namespace: "shop", entries: ["plain", "elsewhere"], offset: -10 * SECOND },
  { namespace: "other", entries: NAMES, offset: 0 },
] as const satisfies ReadonlyArray<{
  readonly namespace: string
  readonly entries: ReadonlyArray<Name>
  readonly offset: number
}>

const Environment = Schema.Literals([0, 1, 2, 3])
const Name = Schema.Literals(NAMES)

const Command = Schema.Union([
  Schema.TaggedStruct("Read", { environment: Environment, name: Name, isForced: Schema.Literals([false]) }),
  Schema.TaggedStruct("Read", { environment: Environment, name: Name, isForced: Schema.Boolean }),
  Schema.TaggedStruct("Load", { environment: Environment }),
  Schema.TaggedStruct("RefreshDue", { environment: Environment }),
  Schema.TaggedStruct("Restart", { environment: Environment }),
  Schema.TaggedStruct("Forget", { environment: Environment, name: Name }),
  Schema.TaggedStruct("Answer", { as: Schema.Literals(["value", "NotFound", "Unavailable"]) }),
  Schema.TaggedStruct("Aws", { is: Schema.Literals(["value", "silent", "NotFound", "Unavailable"]) }),
  Schema.TaggedStruct("Store", {
    is: Schema.Literals(["works", "fails", "hangs", "loses-answers", "refuses-writes", "forgets", "rubbish"]),
  }),
  Schema.TaggedStruct("Wait", { ms: Schema.Literals([20, 200, SECOND, 55 * SECOND, MINUTE]) }),
  Schema.TaggedStruct("Freeze", { ms: Schema.Literals([5 * SECOND, MINUTE, HOUR]) }),
])
export type Command = typeof Command.Type

export const show = (command: Command): string => Object.values(command).join(" ")

export const commands = Arbitrary.array(Arbitrary.schema(Command))

/** What an answer of AWS was: its body names it. */
export interface Answer {
  readonly namespace: string
  readonly place: string
  readonly askedAt: number
}

/** Region, role and name. */
export const placeOf = (address: Address): string => `${accessText(address)} ${nameAt(address)}`

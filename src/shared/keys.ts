/**
 * Keys of records and leases in the store: `<namespace>/<format>/<kind>/<hash of the address>`.
 *
 * An address has everything that tells one value from another: name, region, role, version. It is hashed, so that keys
 * contain no names. `tier.ts` uses the keys.
 */
import { createHash } from "node:crypto"
import type { Address } from "../domain/Address.ts"
import type { Entry } from "../domain/Entry.ts"

/** The version of keys and records. Environments of another version neither see nor disturb each other. */
export const FORMAT = 1

/** How many listed entries share a lease and a pack: as many as Parameter Store returns in a call. */
export const ENTRIES_PER_LEASE = 10

/** Stands in the place of a kind. */
const PACK = "pack"
const LEASE = "lease"

const hash = (text: string): string => createHash("sha256").update(text).digest("base64url")

/** JSON with its members in the order of their names. Addresses are plain data. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
        )
      : part,
  )

/** How a value is checked does not tell it from another. */
const placeOf = (address: Address & { readonly revalidate?: string }) => {
  const { revalidate: _, ...place } = address
  return place
}

/** The key of the record of an address. */
export const recordKey = (namespace: string, address: Address): string =>
  `${namespace}/${FORMAT}/${address.kind}/${hash(canonical(placeOf(address)))}`

/** Whether a key is that of a pack. No kind has this name. */
export const isPackKey = (key: string): boolean => key.split("/", 3)[2] === PACK

/** Entries that have a lease in common, and a record with all of them. */
export interface Chunk {
  readonly lease: string
  /** The key of the record with all members; undefined for an entry that is alone. */
  readonly pack: string | undefined
  readonly members: ReadonlyArray<Entry>
}

/** Entries with the same text may share a call to AWS. */
const groupOf = ({ address: { kind, region, roleArn } }: Entry): string =>
  JSON.stringify([kind, region, roleArn])

/**
 * The chunk of each record. Listed entries share chunks, which depend only on what is listed, so that environments of a
 * function divide the chunks among each other, and not their members. Any other entry is alone.
 */
export const makeChunks = (namespace: string, listed: ReadonlyArray<Entry>) => {
  const chunks = new Map<string, Chunk>()
  const prefix = `${namespace}/${FORMAT}`
  for (const group of Map.groupBy(listed, groupOf).values()) {
    const members = new Map(group.map((entry) => [recordKey(namespace, entry.address), entry] as const))
    const keys = Array.from(members.keys()).toSorted()
    for (let start = 0; start < keys.length; start += ENTRIES_PER_LEASE) {
      const batch = keys.slice(start, start + ENTRIES_PER_LEASE)
      const id = hash(batch.join("\n"))
      const chunk: Chunk = {
        lease: `${prefix}/${LEASE}/${id}`,
        pack: `${prefix}/${PACK}/${id}`,
        members: batch.flatMap((key) => members.get(key) ?? []),
      }
      for (const key of batch) chunks.set(key, chunk)
    }
  }
  return (key: string): Chunk =>
    chunks.get(key) ?? { lease: `${prefix}/${LEASE}/${hash(key)}`, pack: undefined, members: [] }
}

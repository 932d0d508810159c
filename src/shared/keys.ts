/**
 * Names of records and leases in the store: `<namespace>/<format>/<kind>/<hash of the address>`.
 *
 * The address has everything that makes one value different from another: region, role, version, whether it is decrypted.
 * It is hashed, so that the store learns no names. `tier.ts` uses the keys.
 */
import { createHash } from "node:crypto"
import type { Address } from "../domain/Address.ts"

/** The version of keys and records. Environments of another version neither see nor disturb each other. */
export const FORMAT = 1

/** How many listed entries share a lease: as many as Parameter Store returns in a call. */
export const ENTRIES_PER_LEASE = 10

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

/** The key of the record of an address. */
export const recordKey = (namespace: string, address: Address): string =>
  `${namespace}/${FORMAT}/${address.kind}/${hash(canonical(address))}`

const leaseKey = (namespace: string, keys: ReadonlyArray<string>): string =>
  `${namespace}/${FORMAT}/lease/${hash(keys.join("\n"))}`

/** Addresses with the same text may share a call to AWS. */
const groupOf = ({ kind, region, roleArn }: Address): string => JSON.stringify([kind, region, roleArn])

/**
 * The lease of each record. Listed entries share leases in the order of config.yaml, so that environments with the same
 * configuration divide the batches among each other, and not their members. Any other entry has its own.
 */
export const makeLeaseKeys = (namespace: string, listed: ReadonlyArray<Address>) => {
  const leases = new Map<string, string>()
  for (const group of Map.groupBy(listed, groupOf).values()) {
    const keys = Array.from(new Set(group.map((address) => recordKey(namespace, address))))
    for (let start = 0; start < keys.length; start += ENTRIES_PER_LEASE) {
      const batch = keys.slice(start, start + ENTRIES_PER_LEASE)
      const lease = leaseKey(namespace, batch)
      for (const key of batch) leases.set(key, lease)
    }
  }
  return (key: string): string => leases.get(key) ?? leaseKey(namespace, [key])
}

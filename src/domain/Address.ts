/**
 * Where a value lives in AWS: one member of a union per kind of source.
 *
 * Each folder of `kinds/` adds the address of its kind to `Addresses`. The kind's section of config.yaml makes addresses,
 * its source fetches the values there, and everything in between passes addresses on unread.
 */

/** The region to call AWS in, and the role to call it as. */
export interface Access {
  readonly region: string
  /** The role to assume; absent: the function's own. */
  readonly roleArn?: string
}

/** Region and role as text, different for each pair. */
export const accessText = ({ region, roleArn }: Access): string =>
  roleArn === undefined ? region : `${region} as ${roleArn}`

/** The region and role of an address. */
export const accessOf = ({ region, roleArn }: Access): Access => ({
  region,
  ...(roleArn === undefined ? {} : { roleArn }),
})

/** The kinds of sources, each with its address. Extended by `kinds/<kind>/address.ts`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- each kind adds a member
export interface Addresses {}

export type Kind = keyof Addresses

/** The address that belongs to a kind. */
export type AddressOf<K extends Kind> = Addresses[K]

export type Address = AddressOf<Kind>

/** Whether two addresses are the same place. Both must come from the same section, so that their keys are in the same order. */
export const isSameAddress = (left: Address, right: Address): boolean =>
  JSON.stringify(left) === JSON.stringify(right)

/**
 * Where a value lives in AWS: one member of a union per kind of source.
 *
 * Each folder of `kinds/` adds the address of its kind to `Addresses`. The section of config.yaml makes addresses, the
 * source of the kind fetches what is there, and everything between passes them on unseen.
 */

/** In which region AWS is asked, and as whom. */
export interface Access {
  readonly region: string
  /** The role that is assumed; absent: the function's own. */
  readonly roleArn?: string
}

/** The same in words, different for every region and role. */
export const accessText = ({ region, roleArn }: Access): string =>
  roleArn === undefined ? region : `${region} as ${roleArn}`

/** The kinds of sources, each with its address. Extended by `kinds/<kind>/address.ts`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- each kind adds a member
export interface Addresses {}

export type Kind = keyof Addresses

/** The address that belongs to a kind. */
export type AddressOf<K extends Kind> = Addresses[K]

export type Address = AddressOf<Kind>

/** Whether two addresses are one place. Both made by the same section, so that their keys are in one order. */
export const isSameAddress = (left: Address, right: Address): boolean =>
  JSON.stringify(left) === JSON.stringify(right)

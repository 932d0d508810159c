/**
 * Which IP addresses a URL of config.yaml may lead to. Pure.
 *
 * Some are never allowed: those of instance metadata and credentials, and those that are no host's. Private ones are allowed by a
 * key of the entry; this machine's own only if the URL itself names it.
 * https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry
 */
import { BlockList, isIP, isIPv6 } from "node:net"

type Subnet = readonly [network: string, prefix: number]

const listOf = (subnets: ReadonlyArray<Subnet>): BlockList => {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, isIPv6(network) ? "ipv6" : "ipv4")
  return list
}

/** Link-local addresses, with the metadata of EC2, the credentials of ECS and the Runtime API among them. */
const LINK_LOCAL = listOf([
  ["169.254.0.0", 16],
  ["fe80::", 10],
  // The same services of EC2 over IPv6.
  ["fd00:ec2::", 32],
])

/** Addresses of no single host, and tunnels to any IPv4 address. */
const NO_HOST = listOf([
  ["0.0.0.0", 8],
  ["192.0.0.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 128],
  ["100::", 64],
  ["2001::", 32],
  ["2002::", 16],
  ["ff00::", 8],
])

const LOOPBACK = listOf([
  ["127.0.0.0", 8],
  ["::1", 128],
])

const PRIVATE = listOf([
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["fc00::", 7],
  ["fec0::", 10],
])

/** What kind of address it is. */
export type AddressKind = "public" | "private" | "loopback" | "link-local" | "no host's"

/** The last 32 bits of an address that NAT64 translates to IPv4 (RFC 6052). */
const NAT64 = /^64:ff9b::(?:(\d+\.\d+\.\d+\.\d+)|([\da-f]{1,4}):([\da-f]{1,4}))$/i

const translated = (address: string): string | undefined => {
  const [, dotted, high, low] = NAT64.exec(address) ?? []
  if (dotted !== undefined) return dotted
  if (high === undefined || low === undefined) return undefined
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return bits.flatMap((two) => [two >> 8, two & 0xff]).join(".")
}

/** The kind of an address, in its usual form or with a zone. IPv6 forms of IPv4 addresses count as these. */
export const kindOfAddress = (text: string): AddressKind => {
  const [bare = ""] = text.split("%", 1)
  const address = translated(bare) ?? bare
  const family = isIP(address) === 6 ? "ipv6" : "ipv4"
  if (isIP(address) === 0) return "no host's"
  if (LINK_LOCAL.check(address, family)) return "link-local"
  if (NO_HOST.check(address, family)) return "no host's"
  if (LOOPBACK.check(address, family)) return "loopback"
  return PRIVATE.check(address, family) ? "private" : "public"
}

const LOCALHOST = /^(?:.+\.)?localhost\.?$/i

/** The address that a URL's host is, without the brackets of IPv6; undefined for a name. */
export const addressIn = (hostname: string): string | undefined => {
  const bare = hostname.replaceAll(/^\[|\]$/g, "")
  return isIP(bare) === 0 ? undefined : bare
}

/** Whether a URL's host is this machine, by its name. */
export const namesLoopback = (hostname: string): boolean => {
  const address = addressIn(hostname)
  return address === undefined ? LOCALHOST.test(hostname) : kindOfAddress(address) === "loopback"
}

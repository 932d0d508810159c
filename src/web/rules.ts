/**
 * Where a request for a URL of config.yaml may go: the first URL and every redirect, before a connection, and every address that
 * a name leads to. Pure: each function gives what is wrong, or undefined.
 *
 * A function that can be made to read any URL is a way into the network that it runs in (server-side request forgery). Here the
 * author of config.yaml chooses the URLs, but neither the names' addresses nor the redirects.
 */
import { addressIn, type AddressKind, kindOfAddress, namesLoopback } from "./addresses.ts"

/** What an entry allows beyond https to public addresses. */
export interface Allowance {
  readonly allowHttp: boolean
  readonly allowPrivate: boolean
  /** Whether the entry's own URL names this machine. */
  readonly isLocal: boolean
}

/** Ports of this machine that no URL may lead to. */
export type ReservedPorts = ReadonlySet<number>

/** Where the extension and Lambda listen. */
interface Listeners {
  readonly settings: {
    readonly port: number
    readonly parametersAndSecrets: { readonly port: number }
    /** `host:port`. */
    readonly runtimeApi: string | undefined
  }
  readonly plan: {
    readonly port?: number | undefined
    readonly appConfigAgent?: { readonly port: number } | undefined
  }
  /** The port that is open; it differs from those above if another one was chosen by the system. */
  readonly open: number | undefined
}

const RUNTIME_API_PORT = /:(\d+)$/

/** The ports of the extension, with those for clients of other extensions, and that of the Runtime API. */
export const reservedPorts = ({ open, plan, settings }: Listeners): ReservedPorts => {
  const [, runtimePort] = RUNTIME_API_PORT.exec(settings.runtimeApi ?? "") ?? []
  const ports = [
    settings.port,
    settings.parametersAndSecrets.port,
    plan.port,
    plan.appConfigAgent?.port,
    open,
    runtimePort === undefined ? undefined : Number(runtimePort),
  ]
  return new Set(ports.filter((port): port is number => port !== undefined && port !== 0))
}

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 }

/** The port of a URL, its scheme's if it names none. */
export const portOf = ({ port, protocol }: URL): number =>
  port === "" ? (PORTS[protocol] ?? 0) : Number(port)

const kindFault = (kind: AddressKind, { allowPrivate, isLocal }: Allowance): string | undefined => {
  switch (kind) {
    case "public":
      return undefined
    case "private":
      return allowPrivate ? undefined : "a private address; allow_private: true allows those"
    case "loopback":
      return isLocal ? undefined : "this machine, which the entry's own URL does not name"
    case "link-local":
      return "a link-local address, where metadata and credentials are; those are never allowed"
    case "no host's":
      return "an address of no single host"
  }
}

/** Why a connection to an address is refused. */
export const addressFault = (
  address: string,
  port: number,
  allowance: Allowance,
  reserved: ReservedPorts,
): string | undefined => {
  const kind = kindOfAddress(address)
  const fault = kindFault(kind, allowance)
  if (fault !== undefined) return `${address} is ${fault}`
  return kind === "loopback" && reserved.has(port)
    ? `port ${port} of this machine belongs to the extension or to Lambda`
    : undefined
}

/** Why a URL is refused before its name is looked up. */
export const urlFault = (url: URL, allowance: Allowance, reserved: ReservedPorts): string | undefined => {
  const { hostname, password, protocol, username } = url
  if (protocol !== "https:" && protocol !== "http:")
    return `the scheme ${protocol} is neither https: nor http:`
  if (username !== "" || password !== "") return "there is a user or a password in the URL"
  if (protocol === "http:" && !namesLoopback(hostname) && !allowance.allowHttp)
    return "it is plain HTTP to another machine; allow_http: true allows that"
  const address = addressIn(hostname)
  return address === undefined ? undefined : addressFault(address, portOf(url), allowance, reserved)
}

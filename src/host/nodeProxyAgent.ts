/**
 * Connections to AWS through a proxy, on Node: CONNECT (RFC 9110, section 9.3.6), then TLS inside the tunnel. Loaded if
 * HTTPS_PROXY is set; Bun's `fetch` does the same by itself.
 *
 * Node's own agent supports proxies only from 24.5 on, and packages for this print the proxy's password if DEBUG is set.
 */
import * as Http from "node:http"
import * as Https from "node:https"
import type { Duplex } from "node:stream"
import { CONNECT_TIMEOUT } from "../domain/defaults.ts"
import { proxyRefused, proxyTimeout } from "./transportErrors.ts"

const credentialsOf = ({ password, username }: URL): Readonly<Record<string, string>> => {
  if (username === "" && password === "") return {}
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { "proxy-authorization": `Basic ${Buffer.from(plain).toString("base64")}` }
}

const bare = (hostname: string): string => hostname.replaceAll(/^\[|\]$/g, "")

const authority = (host: string, port: number | string): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`

const HTTPS_PORT = 443

/** An agent whose connections go through a proxy. What the proxy refuses is an `UnusableReply`. */
export class ProxyAgent extends Https.Agent {
  readonly #proxy: URL

  constructor(proxy: URL, options: Https.AgentOptions) {
    super(options)
    this.#proxy = proxy
  }

  override createConnection: Https.Agent["createConnection"] = (options, callback) => {
    const { hostname, port, protocol } = this.#proxy
    const target = authority(options.host ?? "", options.port ?? HTTPS_PORT)
    const request = (protocol === "https:" ? Https : Http).request({
      host: bare(hostname),
      ...(port === "" ? {} : { port }),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...credentialsOf(this.#proxy) },
      agent: false,
      timeout: CONNECT_TIMEOUT,
    })
    const fail = (error: Error) => callback?.(error, undefined as never)
    request.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy()
        fail(proxyRefused(statusCode))
        return
      }
      socket.setTimeout(0)
      const throughTunnel: Https.RequestOptions & { readonly socket: Duplex } = { ...options, socket }
      callback?.(null, super.createConnection(throughTunnel) as Duplex)
    })
    request.once("timeout", () => request.destroy(proxyTimeout(CONNECT_TIMEOUT)))
    request.once("error", fail)
    request.end()
    return undefined
  }
}

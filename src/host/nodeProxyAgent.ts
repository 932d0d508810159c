/**
 * Connects to AWS through a proxy on Node: CONNECT (RFC 9110, section 9.3.6), then TLS inside the tunnel. Imported if
 * HTTPS_PROXY is set. Bun's `fetch` supports proxies itself.
 *
 * Node's own agent supports proxies only from 24.5 on, and the usual packages print the proxy's password if DEBUG is set.
 */
import * as Http from "node:http"
import * as Https from "node:https"
import type { Duplex } from "node:stream"
import { CONNECT_TIMEOUT } from "../domain/defaults.ts"
import { proxyRefused, proxyTimeout } from "./transportErrors.ts"

const authorization = ({ password, username }: URL): Readonly<Record<string, string>> => {
  if (username === "" && password === "") return {}
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { "proxy-authorization": `Basic ${Buffer.from(plain).toString("base64")}` }
}

const withoutBrackets = (hostname: string): string => hostname.replaceAll(/^\[|\]$/g, "")

const authority = (host: string, port: number | string): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`

const HTTPS_PORT = 443

/** An agent that connects through a proxy. If the proxy refuses, the request fails with `UnusableReply`. */
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
      host: withoutBrackets(hostname),
      ...(port === "" ? {} : { port }),
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(this.#proxy) },
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

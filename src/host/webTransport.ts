/**
 * GET requests to servers on the web, on Node and under Bun, over connections to addresses that have been checked.
 *
 * A name is looked up once, every address is checked, and the connection goes to one that was checked: a name that leads
 * elsewhere a moment later changes nothing (DNS rebinding). Each request has a connection of its own, because a refresh is
 * rare and a kept connection may die in a freeze. Redirects are not followed, bodies not decompressed. Imported on the first
 * request.
 */
import { lookup, type LookupAddress, type LookupOptions } from "node:dns"
import * as Http from "node:http"
import * as Https from "node:https"
import type { LookupFunction } from "node:net"
import type { AwsResponse } from "./Platform.ts"
import { replyTooLarge, UnusableReply } from "./transportErrors.ts"

export interface WebRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** A longer body fails the request. */
  readonly maxReplyBytes: number
  readonly signal: AbortSignal
  /** Why the connection must not go to an address; undefined if it may. */
  readonly addressFault: (address: string) => string | undefined
}

/** The request was not sent, because it would go where it must not. */
export class ForbiddenPlace extends UnusableReply {}

/** The part of `dns.lookup` that is used. */
type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, found: Array<LookupAddress>) => void,
) => void

/** Looks a name up as the system does, and gives the addresses that are allowed. Fails if none is. */
export const checkedLookup =
  (addressFault: WebRequest["addressFault"], resolve: Resolve = lookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, "", 0)
      const allowed = found.filter(({ address }) => addressFault(address) === undefined)
      const [first] = allowed
      if (first === undefined) {
        const [refused] = found.map(({ address }) => addressFault(address))
        return callback(new ForbiddenPlace(refused ?? `${hostname} has no address`), "", 0)
      }
      return options.all === true ? callback(null, [...allowed]) : callback(null, first.address, first.family)
    })
  }

const joinHeaders = (headers: Http.IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]))

/** Sends a GET. Rejects unless a complete reply arrives. */
export const sendChecked = (request: WebRequest): Promise<AwsResponse> =>
  new Promise((resolve, reject) => {
    const { addressFault, headers, maxReplyBytes, signal, url } = request
    const sent = (url.protocol === "https:" ? Https : Http).request(url, {
      method: "GET",
      headers,
      agent: false,
      lookup: checkedLookup(addressFault),
    })
    const abort = () => sent.destroy(signal.reason instanceof Error ? signal.reason : undefined)
    if (signal.aborted) abort()
    signal.addEventListener("abort", abort, { once: true })
    sent.once("close", () => {
      signal.removeEventListener("abort", abort)
      reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }))
    })
    sent.on("error", reject)
    sent.once("response", (response) => {
      const { statusCode: status = 0, statusMessage: reason = "" } = response
      const tooLong = (bytes?: number) => {
        reject(replyTooLarge(maxReplyBytes, status, bytes))
        sent.destroy()
      }
      const length = Number(response.headers["content-length"] ?? Number.NaN)
      if (length > maxReplyBytes) return tooLong(length)
      const chunks: Array<Buffer> = []
      let size = 0
      response.on("data", (chunk: Buffer) => {
        size += chunk.byteLength
        if (size > maxReplyBytes) tooLong()
        else chunks.push(chunk)
      })
      response.on("error", reject)
      response.once("end", () =>
        resolve({
          status,
          reason,
          headers: joinHeaders(response.headers),
          body: Buffer.concat(chunks, size),
        }),
      )
    })
    sent.end()
  })

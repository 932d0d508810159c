// Random bytes for a socket: valid HTTP, malformed HTTP, pipelined, split or truncated messages, and other protocols.
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { eitherOf, oneOf } from "./arbitraries.ts"

/** What is sent on one connection: the pieces one by one, then the end. */
export interface Transmission {
  readonly pieces: ReadonlyArray<string>
  readonly ending: "half-close" | "reset"
}

const line = (...words: ReadonlyArray<string>): string => `${words.join(" ")}\r\n`

const TARGETS = [
  "/parameters?name=plain",
  "/health",
  "/secrets?name=text",
  "/nowhere",
  "*",
  "http://localhost/health",
  "/%",
  "",
]
const VERSIONS = [
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/2.0",
  "HTTP/9.9",
  "http/1.1",
  "HTTP/1",
  "",
]
const METHODS = ["GET", "GET", "HEAD", "DELETE", "OPTIONS", "POST", "CONNECT", "get", "BREW", "G\0T", "PRI"]

const requestLine = Arbitrary.map(
  Arbitrary.all({
    method: oneOf("GET", ...METHODS),
    target: oneOf("/health", ...TARGETS),
    version: oneOf("HTTP/1.1", ...VERSIONS),
  }),
  ({ method, target, version }) => line(method, target, version),
)

const FIELDS = [
  "Host: localhost\r\n",
  "Host: localhost\r\nHost: localhost\r\n",
  "Host : localhost\r\n",
  "Host:\r\n",
  "Content-Length: 5\r\n",
  "Content-Length: 5\r\nContent-Length: 6\r\n",
  "Content-Length: -1\r\n",
  "Content-Length: 18446744073709551616\r\n",
  "Content-Length: 0x5\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
  "Transfer-Encoding: gzip, chunked\r\n",
  "Transfer-Encoding: chunked, identity\r\n",
  "Transfer-Encoding: xchunked\r\n",
  "Expect: 100-continue\r\n",
  "Expect: the impossible\r\n",
  "Connection: close\r\n",
  "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
  "Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
  "X: \u0000\r\n",
  " folded\r\n",
  "no colon\r\n",
  ": no name\r\n",
  "X: bare\nY: line feed\r\n",
  `X: ${"x".repeat(20_000)}\r\n`,
  `${"X: y\r\n".repeat(2_500)}`,
] as const

const BODIES = [
  "12345",
  "5\r\n12345\r\n0\r\n\r\n",
  '5;ext="1"\r\n12345\r\n0\r\nTrailer: 1\r\n\r\n',
  "ffffffffffffffff\r\n12345",
  "zz\r\n",
  "-1\r\n",
  "0\r\n\r\n",
  "x".repeat(70_000),
] as const

const WHOLE = "GET /parameters?name=plain HTTP/1.1\r\nHost: localhost\r\n\r\n"

/** The first bytes of TLS and HTTP/2 connections, and what port scanners send. */
const FOREIGN = [
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
  "\r\n\r\n\r\n",
  "\0".repeat(100),
  "SSH-2.0-OpenSSH_9.6\r\n",
] as const

const noise = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))),
  (bytes) => String.fromCharCode(...bytes),
)

const message = Arbitrary.map(
  Arbitrary.all({
    start: requestLine,
    fields: Arbitrary.array(oneOf<string>(...FIELDS), { maxLength: 4 }),
    end: oneOf("\r\n", "\r\n", "\r\n", "\n", ""),
    body: oneOf<string>("", "", ...BODIES),
  }),
  ({ body, end, fields, start }) => `${start}${["Host: localhost\r\n", ...fields].join("")}${end}${body}`,
)

/** Splits bytes at an offset. */
const splitAt = (text: string, share: number): ReadonlyArray<string> => {
  const at = Math.floor((text.length * share) / 100)
  return [text.slice(0, at), text.slice(at)].filter((piece) => piece !== "")
}

const percent = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 })))

const pieces = Arbitrary.map(
  Arbitrary.all({
    text: eitherOf(oneOf(WHOLE), message, message, message, oneOf<string>(...FOREIGN), noise),
    share: percent,
    isCutShort: oneOf(false, false, false, true),
  }),
  ({ isCutShort, share, text }) => splitAt(text, share).slice(0, isCutShort ? 1 : 2),
)

/** Up to four pipelined messages. Each character is a byte (Latin-1). */
export const transmission: Arbitrary.Arbitrary<Transmission> = Arbitrary.map(
  Arbitrary.all({
    pieces: Arbitrary.array(pieces, { minLength: 1, maxLength: 4 }),
    ending: oneOf<Transmission["ending"]>("half-close", "half-close", "half-close", "reset"),
  }),
  ({ ending, pieces }) => ({ pieces: pieces.flat(), ending }),
)

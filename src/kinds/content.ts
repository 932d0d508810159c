/**
 * Content that comes as bytes with a media type, as values are kept: text if the bytes are UTF-8, and a media type that a
 * header can hold. Pure.
 */
import * as Result from "effect/Result"

/** The media type of content without one. */
const BINARY = "application/octet-stream"

/** A header value in ASCII (RFC 9110, section 5.5). */
const PRINTABLE = /^[!-~][ -~]{0,254}$/

/** The media type, unless a header cannot hold it. */
export const mediaType = (contentType: string | null | undefined): string =>
  typeof contentType === "string" && PRINTABLE.test(contentType) ? contentType : BINARY

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Text if the bytes are UTF-8, whatever the media type; else the bytes. */
export const decodeBody = (bytes: Uint8Array): string | Uint8Array =>
  Result.getOrElse(
    Result.try(() => utf8.decode(bytes)),
    () => bytes,
  )

/** The content codings in a header, in lower case; undefined: none. `aws-chunked` belongs to uploads to S3, which some store. */
export const codingIn = (header: string | undefined): string | undefined => {
  const codings = (header ?? "")
    .split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity" && coding !== "aws-chunked")
  return codings.length === 0 ? undefined : codings.join(", ")
}

/** The details of a value that its headers have, each by the name of its header in lower case. */
export const detailsIn = (
  headers: Readonly<Record<string, string>>,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(names).flatMap(([detail, name]) => {
      const text = headers[name]
      return text === undefined ? [] : [[detail, text]]
    }),
  )

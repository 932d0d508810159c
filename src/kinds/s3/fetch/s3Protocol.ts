/**
 * The one operation of S3 that is used, GetObject, for the clients of `aws/client.ts`: a signed GET whose reply is headers and
 * a body. Only an error is XML, of which its code and message are read.
 *
 * The SDK's own client for S3 is several times as large as all others together. `test/aws/client.test.ts` compares the
 * requests with those of that client.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
import { Command } from "@smithy/core/client"
import { HttpRequest, type HttpResponse } from "@smithy/core/protocols"
import type { SmithyResolvedConfiguration } from "@smithy/core/client"
import type { ClientProtocol, HttpHandlerOptions, MetadataBearer, StaticOperationSchema } from "@smithy/types"

/** What is asked of S3. */
export interface GetObjectInput {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string
  readonly IfNoneMatch?: string
}

/** A reply that is no error: the object, or 301, 304, 307 without one. Names of headers in lower case. */
export interface GetObjectReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const OPERATION: StaticOperationSchema = [9, "com.amazonaws.s3", "GetObject", {}, () => "unit", () => "unit"]

/** The command. Its own schemas are empty: the protocol below reads the input and the reply. */
export class GetObjectCommand extends Command.classBuilder<
  GetObjectInput,
  MetadataBearer,
  SmithyResolvedConfiguration<HttpHandlerOptions>,
  GetObjectInput,
  MetadataBearer
>()
  .s("AmazonS3", "GetObject", {})
  .n("S3Client", "GetObject")
  .sc(OPERATION)
  .build() {}

/** Buckets that can be part of the host: the wildcard of S3's certificate does not cover names with dots. */
const LABEL = /^[a-z0-9-]+$/

/** Percent-encodes everything but unreserved characters (RFC 3986, section 2.3), as the signature demands. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const encodePath = (key: string): string => key.split("/").map(encode).join("/")

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }

const unescapeXml = (text: string): string =>
  text.replaceAll(/&(lt|gt|amp|quot|apos);/g, (entity, name: string) => ENTITIES[name] ?? entity)

/** The text of the first element with a name, if it has no elements of its own. */
export const elementIn = (xml: string, name: string): string | undefined => {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text === undefined ? undefined : unescapeXml(text)
}

const errorFrom = ({ body, statusCode }: HttpResponse): Error => {
  const xml = new TextDecoder().decode(body as Uint8Array)
  const code = xml.includes("<Error>") ? elementIn(xml, "Code") : undefined
  return Object.assign(new Error(elementIn(xml, "Message") ?? "UnknownError"), {
    name: code ?? "Unknown",
    $fault: statusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode: statusCode },
    Code: code,
  })
}

/** Where a bucket is, if S3 says that it is in another region than the one that was asked. */
export const bucketRegion = ({ headers, status, body }: GetObjectReply): string | undefined =>
  headers["x-amz-bucket-region"] ??
  (status === 400 ? elementIn(new TextDecoder().decode(body), "Region") : undefined)

/** The code of S3 for a signature with another region than the bucket's. */
const WRONG_REGION = "AuthorizationHeaderMalformed"

/** Whether a reply is read by its headers: the object, "not modified", or the region of the bucket. */
const isReply = ({ body, statusCode }: HttpResponse): boolean =>
  [200, 301, 304, 307].includes(statusCode) ||
  (statusCode === 400 && new TextDecoder().decode(body as Uint8Array).includes(`<Code>${WRONG_REGION}<`))

type S3Protocol = Pick<
  ClientProtocol<HttpRequest, HttpResponse>,
  "serializeRequest" | "deserializeResponse" | "setSerdeContext"
>

/** Where S3 is. */
export interface S3Endpoint {
  /** Throws if there is no endpoint, for instance in a region without FIPS. */
  readonly url: () => URL
  /** Whether the bucket is always in the path. Endpoints that the environment names have no host for each bucket. */
  readonly isPathStyle: boolean
}

export const s3Protocol = ({ isPathStyle, url }: S3Endpoint): ClientProtocol<HttpRequest, HttpResponse> => {
  const protocol: S3Protocol = {
    setSerdeContext: () => {},
    serializeRequest: async (_operation, input) => {
      const { Bucket, IfNoneMatch, Key, VersionId } = input as GetObjectInput
      const { hostname, pathname, port, protocol: scheme } = url()
      const isInPath = isPathStyle || !LABEL.test(Bucket)
      const base = pathname.replace(/\/+$/, "")
      return new HttpRequest({
        method: "GET",
        protocol: scheme,
        hostname: isInPath ? hostname : `${Bucket}.${hostname}`,
        ...(port === "" ? {} : { port: Number(port) }),
        path: `${base}${isInPath ? `/${Bucket}` : ""}/${encodePath(Key)}`,
        query: { "x-id": "GetObject", ...(VersionId === undefined ? {} : { versionId: VersionId }) },
        headers: {
          "x-amz-checksum-mode": "ENABLED",
          ...(IfNoneMatch === undefined ? {} : { "if-none-match": IfNoneMatch }),
        },
      })
    },
    deserializeResponse: async (_operation, _context, response) => {
      if (!isReply(response)) throw errorFrom(response)
      const { body, headers, statusCode: status } = response
      return { status, headers, body: body as Uint8Array } satisfies GetObjectReply as never
    },
  }
  // The rest of the interface is for other callers than the SDK's middleware.
  return protocol as ClientProtocol<HttpRequest, HttpResponse>
}

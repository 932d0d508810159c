/**
 * The REST protocol of S3: method, path and query name the operation, the bucket and the object; headers and body are content.
 * Errors are XML.
 *
 * `protocol.ts` uses it for requests that are signed for S3. The bucket is the first part of the path. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
 */
import { elements } from "./queryProtocol.ts"

/** The input of an operation of S3. */
export interface S3Input {
  readonly bucket: string
  /** Empty for operations on a bucket. */
  readonly key: string
  readonly versionId?: string
  readonly body: Uint8Array
}

interface S3Request {
  readonly operation: string
  readonly input: S3Input
}

const ON_OBJECTS: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "HeadObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
}

const operationOf = (method: string, key: string, query: URLSearchParams): string => {
  if (key !== "") return ON_OBJECTS[method] ?? "Unknown"
  if (method !== "PUT") return "Unknown"
  return query.has("versioning") ? "PutBucketVersioning" : "CreateBucket"
}

/** Reads a request. The path is split as it was sent, because an encoded slash and a plain one are the same key. */
export const parseS3 = (method: string, url: string, body: Uint8Array): S3Request => {
  const [path = "", query = ""] = url.split("?", 2)
  const [, bucket = "", ...parts] = path.split("/")
  const key = decodeURIComponent(parts.join("/"))
  const parameters = new URLSearchParams(query)
  const versionId = parameters.get("versionId")
  return {
    operation: operationOf(method, key, parameters),
    input: { bucket: decodeURIComponent(bucket), key, body, ...(versionId === null ? {} : { versionId }) },
  }
}

export const s3ErrorXml = (requestId: string, code: string, message: string, members: object): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${elements({
    Code: code,
    Message: message,
    ...members,
    RequestId: requestId,
  })}</Error>`

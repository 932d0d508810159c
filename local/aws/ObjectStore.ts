/**
 * S3: buckets with objects, as far as a reader and a seed need it. CreateBucket, PutBucketVersioning, PutObject, GetObject,
 * HeadObject and DeleteObject, with versions, conditions, checksums as they were uploaded, and buckets of other regions.
 *
 * `s3Protocol.ts` parses the requests. Each region's buckets share one space of names, as in AWS.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
import { createHash, randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { AwsError, type AwsReply, type AwsRequest, awsError } from "./protocol.ts"
import type { S3Input } from "./s3Protocol.ts"

interface Version {
  readonly id: string
  /** Undefined: a marker that the object was deleted. */
  readonly body: Uint8Array | undefined
  /** Content-Type, Content-Encoding, checksums and x-amz-meta-*, as uploaded. */
  readonly headers: Readonly<Record<string, string>>
  readonly etag: string
  readonly modifiedAt: number
}

interface Bucket {
  readonly region: string
  isVersioned: boolean
  /** The versions of each key, the latest last. */
  readonly objects: Map<string, ReadonlyArray<Version>>
}

/** The version id of everything in a bucket without versioning. */
const NO_VERSION = "null"
const DEFAULT_TYPE = "binary/octet-stream"
const KEPT =
  /^(?:content-type|content-encoding|content-language|content-disposition|cache-control|expires|x-amz-meta-.+)$/
const CHECKSUM = /^x-amz-checksum-(?:crc32|crc32c|crc64nvme|sha1|sha256)$/

/** Seconds since the epoch, as HTTP dates count. */
const wholeSeconds = (millis: number): number => Math.floor(millis / 1_000) * 1_000

// @effect-diagnostics-next-line globalDate:off -- DateTime has no format of HTTP dates
const httpDate = (millis: number): string => new Date(millis).toUTCString()

const noSuchKey = (): AwsError => awsError("NoSuchKey", "The specified key does not exist.", 404)

const empty = (status: number, headers: Readonly<Record<string, string>> = {}): AwsReply => ({
  status,
  headers,
  body: "",
})

const tagsIn = (header: string): ReadonlyArray<string> =>
  header.split(",").map((tag) => tag.trim().replace(/^W\//, ""))

/** Whether the conditions of a read say that it has the object already, or wants another one (RFC 9110, section 13.2.2). */
const conditionOf = (
  { etag, modifiedAt }: Version,
  headers: AwsRequest["headers"],
): 304 | 412 | undefined => {
  const { "if-match": match, "if-modified-since": since, "if-none-match": noneMatch } = headers
  if (match !== undefined && match !== "*" && !tagsIn(match).includes(etag)) return 412
  if (noneMatch !== undefined) return noneMatch === "*" || tagsIn(noneMatch).includes(etag) ? 304 : undefined
  return since !== undefined && modifiedAt <= Date.parse(since) ? 304 : undefined
}

/** S3 without buckets. */
export const makeObjectStore = () => {
  const buckets = new Map<string, Bucket>()

  const createBucket = (
    { bucket, body }: S3Input,
    { region }: AwsRequest,
  ): Effect.Effect<AwsReply, AwsError> => {
    if (buckets.has(bucket))
      return Effect.fail(
        awsError(
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
          409,
        ),
      )
    const [, constraint] = /<LocationConstraint>([^<]+)</.exec(Buffer.from(body).toString()) ?? []
    buckets.set(bucket, { region: constraint ?? region, isVersioned: false, objects: new Map() })
    return Effect.succeed(empty(200, { location: `/${bucket}` }))
  }

  /** The bucket of a request, which must be made in the bucket's region. */
  const bucketOf = ({ bucket }: S3Input, { region }: AwsRequest): Effect.Effect<Bucket, AwsError> => {
    const found = buckets.get(bucket)
    if (found === undefined)
      return Effect.fail(awsError("NoSuchBucket", "The specified bucket does not exist", 404))
    if (found.region === region) return Effect.succeed(found)
    return Effect.fail(
      new AwsError({
        type: "PermanentRedirect",
        status: 301,
        detail:
          "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
        members: { Bucket: bucket },
        headers: { "x-amz-bucket-region": found.region },
      }),
    )
  }

  const put = Effect.fnUntraced(function* (
    bucket: Bucket,
    key: string,
    content: Pick<Version, "body" | "headers" | "etag">,
  ) {
    const modifiedAt = wholeSeconds(yield* Clock.currentTimeMillis)
    const id = bucket.isVersioned ? randomBytes(24).toString("base64url") : NO_VERSION
    const others = (bucket.objects.get(key) ?? []).filter((version) => version.id !== id)
    bucket.objects.set(key, [...others, { ...content, id, modifiedAt }])
    return id === NO_VERSION ? {} : { "x-amz-version-id": id }
  })

  const versioning = (input: S3Input, request: AwsRequest) =>
    Effect.map(bucketOf(input, request), (bucket) => {
      bucket.isVersioned = Buffer.from(input.body).toString().includes("<Status>Enabled</Status>")
      return empty(200)
    })

  const putObject = Effect.fnUntraced(function* (input: S3Input, request: AwsRequest) {
    const bucket = yield* bucketOf(input, request)
    const kept = Object.entries(request.headers).filter(([name]) => KEPT.test(name) || CHECKSUM.test(name))
    const etag = `"${createHash("md5").update(input.body).digest("hex")}"`
    const headers = Object.fromEntries(kept)
    return empty(200, { etag, ...(yield* put(bucket, input.key, { body: input.body, etag, headers })) })
  })

  const deleteObject = Effect.fnUntraced(function* (input: S3Input, request: AwsRequest) {
    const bucket = yield* bucketOf(input, request)
    const { key, versionId } = input
    const versions = bucket.objects.get(key) ?? []
    if (versionId !== undefined || !bucket.isVersioned) {
      bucket.objects.set(
        key,
        versions.filter(({ id }) => id !== (versionId ?? NO_VERSION)),
      )
      return empty(204)
    }
    const headers = yield* put(bucket, key, { body: undefined, etag: "", headers: {} })
    return empty(204, { ...headers, "x-amz-delete-marker": "true" })
  })

  const find = Effect.fnUntraced(function* (input: S3Input, request: AwsRequest) {
    const { objects } = yield* bucketOf(input, request)
    const { key, versionId } = input
    const versions = objects.get(key) ?? []
    if (versionId === undefined) {
      const latest = versions.at(-1)
      return latest?.body === undefined ? yield* noSuchKey() : { ...latest, body: latest.body }
    }
    const version = versions.find(({ id }) => id === versionId)
    if (version === undefined)
      return yield* awsError("NoSuchVersion", "The specified version does not exist.", 404)
    return version.body === undefined
      ? yield* awsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
      : { ...version, body: version.body }
  })

  const getObject = Effect.fnUntraced(function* (input: S3Input, request: AwsRequest) {
    const version = yield* find(input, request)
    const { body, etag, id, modifiedAt } = version
    const own = {
      etag,
      "last-modified": httpDate(modifiedAt),
      ...(id === NO_VERSION ? {} : { "x-amz-version-id": id }),
    }
    const condition = conditionOf(version, request.headers)
    if (condition === 412)
      return yield* awsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
      )
    if (condition === 304) return empty(304, own)
    const isChecked = request.headers["x-amz-checksum-mode"] === "ENABLED"
    const stored = Object.entries(version.headers).filter(([name]) => isChecked || !CHECKSUM.test(name))
    return {
      status: 200,
      headers: {
        "content-type": DEFAULT_TYPE,
        ...Object.fromEntries(stored),
        ...own,
        "accept-ranges": "bytes",
      },
      body: request.operation === "HeadObject" ? "" : body,
    }
  })

  const OPERATIONS: Readonly<
    Record<string, (input: S3Input, request: AwsRequest) => Effect.Effect<AwsReply, AwsError>>
  > = {
    CreateBucket: createBucket,
    PutBucketVersioning: versioning,
    PutObject: putObject,
    GetObject: getObject,
    HeadObject: getObject,
    DeleteObject: deleteObject,
  }

  return {
    call: (request: AwsRequest): Effect.Effect<AwsReply, AwsError> => {
      const run = OPERATIONS[request.operation]
      return run === undefined
        ? Effect.fail(awsError("NotImplemented", "Local AWS has no such operation of S3", 501))
        : run(request.input as unknown as S3Input, request)
    },
  }
}

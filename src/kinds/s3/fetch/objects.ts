/**
 * Fetches objects from S3, each by a GetObject. With the entity tag of the value in memory, S3 answers 304 without a body if the
 * object has not changed.
 *
 * A bucket is in one region. S3 says which if another one is asked; the region is remembered, and asked from then on.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { type Access, accessText } from "../../../domain/Address.ts"
import type { Value } from "../../../domain/Entry.ts"
import { AwsClients, type ClientOptions } from "../../../aws/AwsClients.ts"
import { tooLarge, unavailable } from "../../../aws/awsErrors.ts"
import { makeClient, type ServiceProtocol } from "../../../aws/client.ts"
import { endpointFor } from "../../../aws/endpoint.ts"
import { makeLruMap } from "../../../aws/LruMap.ts"
import type { RequestOptions } from "../../../aws/requestHandler.ts"
import type { SendOptions } from "../../../aws/send.ts"
import { codingIn, decodeBody, detailsIn, mediaType } from "../../content.ts"
import type { Attempt, Source } from "../../Source.ts"
import type { ObjectAddress } from "../address.ts"
import { isBucketRegion, objectName } from "../objectName.ts"
import { S3 } from "../service.ts"
import { brokenChecksum } from "./checksums.ts"
import { bucketRegion, GetObjectCommand, type GetObjectReply, s3Protocol } from "./s3Protocol.ts"

/** For how many buckets the region is remembered, if it is not that of the entry. */
const MAX_REGIONS = 1_000

const DETAILS = { ETag: "etag", LastModified: "last-modified", VersionId: "x-amz-version-id" }

/** The version of an object in a bucket without versioning. */
const NO_VERSION = "null"

const toValue = ({ body, headers }: GetObjectReply): Value => {
  const coding = codingIn(headers["content-encoding"])
  const version = headers["x-amz-version-id"]
  return {
    body: Redacted.make(coding === undefined ? decodeBody(body) : body),
    contentType: mediaType(headers["content-type"]),
    ...(coding === undefined ? {} : { coding }),
    ...(version === undefined || version === NO_VERSION ? {} : { version }),
    details: detailsIn(headers, DETAILS),
  }
}

const tagOf = (value: Value | undefined): string | undefined => {
  const tag = value?.details?.["ETag"]
  return typeof tag === "string" ? tag : undefined
}

export const protocolFor = (options: ClientOptions): ServiceProtocol => ({
  make: () =>
    s3Protocol({ url: () => endpointFor(S3, options), isPathStyle: options.endpoint !== undefined }),
  isPathSignedOnce: true,
})

/** The part of the SDK's client that is used. */
interface ObjectClient {
  readonly send: (command: GetObjectCommand, options: SendOptions & RequestOptions) => Promise<object>
  readonly destroy: () => void
}

export const make: Effect.Effect<Source<"s3">, never, AwsClients | Scope.Scope> = Effect.gen(function* () {
  const clients = yield* AwsClients
  const call = yield* clients.caller(S3, (options) =>
    makeClient<ObjectClient>(S3, protocolFor(options), options),
  )

  /** The regions of buckets, by the region, role and bucket of an address. */
  const regions = makeLruMap<string, string>(MAX_REGIONS, () => {})
  const placeOf = (address: ObjectAddress): string => `${accessText(address)} ${address.bucket}`

  const request = (access: Access, address: ObjectAddress, tag: string | undefined) =>
    call(access, "GetObject", async (client, options) => {
      const { bucket, key, maxBytes, versionId } = address
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId === undefined ? {} : { VersionId: versionId }),
        ...(tag === undefined ? {} : { IfNoneMatch: tag }),
      })
      const reply = (await client.send(command, { ...options, maxReplyBytes: maxBytes })) as GetObjectReply
      if (reply.status !== 200) return reply
      if (reply.headers["etag"] === undefined) throw unavailable("the reply to GetObject has no entity tag")
      if (reply.body.byteLength > maxBytes) throw tooLarge(reply.body.byteLength, maxBytes)
      const broken = await brokenChecksum(reply.headers, reply.body)
      if (broken !== undefined) throw unavailable(`the object does not have the checksum in ${broken}`)
      return reply
    })

  /** Remembers the bucket's own region, if S3 names one. */
  const learnRegion = (reply: GetObjectReply, address: ObjectAddress, asked: string) => {
    const region = bucketRegion(reply)
    if (region === undefined || region === asked || !isBucketRegion(region))
      return Effect.fail(unavailable(`S3 redirects ${address.bucket} to no other region`))
    regions.set(placeOf(address), region)
    return Effect.succeed(region)
  }

  const isElsewhere = ({ status }: GetObjectReply): boolean => status !== 200 && status !== 304

  /** Each region that is asked is an attempt of its own. */
  const fetchOne = Effect.fnUntraced(function* (
    address: ObjectAddress,
    attempt: Attempt,
    held: Value | undefined,
    moved: () => void,
  ) {
    const tag = tagOf(held)
    const ask = (region: string) => attempt(request({ ...address, region }, address, tag))
    const region = regions.get(placeOf(address)) ?? address.region
    let reply = yield* ask(region)
    if (isElsewhere(reply)) {
      moved()
      reply = yield* ask(yield* learnRegion(reply, address, region))
    }
    if (reply.status === 200) return toValue(reply)
    if (reply.status === 304 && held !== undefined && tag !== undefined) return held
    const name = objectName(address.bucket, address.key)
    return yield* unavailable(`S3's reply about ${name} has status ${reply.status}`)
  })

  return {
    kind: "s3",
    batchSize: 1,
    groupOf: accessText,
    fetch: ([address], attempt, [held], { moved }) =>
      Effect.map(fetchOne(address, attempt, held, moved), (value) => [Result.succeed(value)]),
  }
})

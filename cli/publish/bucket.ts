/**
 * The bucket of a region that an archive goes through: found or created, private, and the archive in it under its hash, so that
 * nothing is sent twice. Every call names the account that must own the bucket.
 */
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import type { MadeLayer } from "../layers/makeLayers.ts"
import { call, orIfMissing } from "../aws/failures.ts"
import { clientOf, type Session } from "../aws/session.ts"

/** Bucket names are unique in the world, so they contain the account. */
export const bucketName = (prefix: string, { account }: Session, region: string): string =>
  `${prefix}-${account}-${region}`

/** The region whose buckets are created without naming it. */
const FIRST_REGION = "us-east-1"

const createdBucket = Effect.fnUntraced(function* (s3: S3Client, bucket: string, region: string) {
  yield* call((options) =>
    s3.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ...(region === FIRST_REGION
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
      }),
      options,
    ),
  )
  const all = {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  }
  yield* call((options) =>
    s3.send(
      new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: all }),
      options,
    ),
  )
})

/** Puts an archive into the region's bucket. Returns where it is. */
export const uploaded = Effect.fn("publish.uploaded")(function* (
  session: Session,
  region: string,
  prefix: string,
  { archive, sha256, size, tree }: MadeLayer,
) {
  const s3 = yield* clientOf(session.profile, region, (options) => new S3Client(options))
  const place = { Bucket: bucketName(prefix, session, region), Key: `cache-extension-${tree}/${sha256}.zip` }
  const owned = { ExpectedBucketOwner: session.account }
  const hasBucket = yield* call((options) =>
    s3.send(new HeadBucketCommand({ Bucket: place.Bucket, ...owned }), options),
  ).pipe(Effect.as(true), orIfMissing(false, "NotFound", "NoSuchBucket"))
  if (!hasBucket) yield* createdBucket(s3, place.Bucket, region)
  const held = yield* call((options) => s3.send(new HeadObjectCommand({ ...place, ...owned }), options)).pipe(
    orIfMissing(undefined, "NotFound", "NoSuchKey"),
  )
  if (held?.ContentLength !== size)
    yield* call((options) =>
      s3.send(new PutObjectCommand({ ...place, ...owned, Body: readFileSync(archive) }), options),
    )
  return { S3Bucket: place.Bucket, S3Key: place.Key }
}, Effect.scoped)

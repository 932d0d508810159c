/**
 * What S3 does when an object is read, told in SDK calls.
 *
 * Source: docs.aws.amazon.com/AmazonS3/latest/API, GetObject. Run by conformance.test.ts.
 */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws, conformance, HOME_REGION } from "./Target.ts"

/** A bucket of its own, in the home region. */
const makeBucket = Effect.fnUntraced(function* (aws: Aws) {
  const Bucket = aws.unique("bucket")
  yield* sdk(() =>
    aws.s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: HOME_REGION } }),
    ),
  )
  return Bucket
})

/** A bucket with an object under `k`. */
const put = Effect.fnUntraced(function* (aws: Aws, more: Partial<PutObjectCommandInput> = {}) {
  const Bucket = more.Bucket ?? (yield* makeBucket(aws))
  const stored = yield* sdk(() =>
    aws.s3.send(new PutObjectCommand({ Key: "k", Body: "an object", ...more, Bucket })),
  )
  return { place: { Bucket, Key: more.Key ?? "k" }, stored }
})

const get = (aws: Aws, input: GetObjectCommandInput) =>
  sdk(async () => {
    const reply = await aws.s3.send(new GetObjectCommand(input))
    return { ...reply, text: await reply.Body?.transformToString() }
  })

const refused = (aws: Aws, input: GetObjectCommandInput) =>
  refusalOf(() => aws.s3.send(new GetObjectCommand(input)))

export const objectCases = [
  conformance(
    "an object comes back with its media type, coding, length, date and entity tag",
    Effect.fnUntraced(function* (aws) {
      const { place, stored } = yield* put(aws, { ContentType: "text/csv", ContentEncoding: "x-own" })
      const reply = yield* get(aws, place)
      assert.strictEqual(reply.text, "an object")
      assert.deepInclude(reply, { ContentType: "text/csv", ContentEncoding: "x-own", ContentLength: 9 })
      assert.strictEqual(reply.ETag, stored.ETag)
      assert.instanceOf(reply.LastModified, Date)
    }),
  ),
  conformance(
    "any key that is UTF-8 names an object",
    Effect.fnUntraced(function* (aws) {
      const { place } = yield* put(aws, { Key: "a b/ä+!'()*&=?#%20/c" })
      assert.strictEqual((yield* get(aws, place)).text, "an object")
    }),
  ),
  conformance(
    "an object that has not changed is a 304 to who knows its entity tag",
    Effect.fnUntraced(function* (aws) {
      const { place, stored } = yield* put(aws)
      const condition = stored.ETag === undefined ? {} : { IfNoneMatch: stored.ETag }
      assert.strictEqual((yield* refused(aws, { ...place, ...condition })).status, 304)
      yield* put(aws, { ...place, Body: "another" })
      assert.strictEqual((yield* get(aws, { ...place, ...condition })).text, "another")
    }),
  ),
  conformance(
    "an object that has changed is a 412 to who wants the old one: PreconditionFailed",
    Effect.fnUntraced(function* (aws) {
      const { place } = yield* put(aws)
      const refusal = yield* refused(aws, { ...place, IfMatch: '"0123456789abcdef0123456789abcdef"' })
      assert.deepInclude(refusal, { name: "PreconditionFailed", status: 412 })
    }),
  ),
  conformance(
    "each version is readable, and a deletion hides the object: NoSuchKey",
    Effect.fnUntraced(function* (aws) {
      const Bucket = yield* makeBucket(aws)
      const VersioningConfiguration = { Status: "Enabled" } as const
      yield* sdk(() => aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })))
      const { place, stored } = yield* put(aws, { Bucket, Body: "one" })
      yield* put(aws, { Bucket, Body: "two" })
      assert.strictEqual((yield* get(aws, place)).text, "two")
      const first = yield* get(aws, { ...place, VersionId: stored.VersionId })
      assert.deepInclude(first, { text: "one", VersionId: stored.VersionId })
      const { VersionId: marker } = yield* sdk(() => aws.s3.send(new DeleteObjectCommand(place)))
      assert.deepInclude(yield* refused(aws, place), { name: "NoSuchKey", status: 404 })
      assert.deepInclude(yield* refused(aws, { ...place, VersionId: marker }), {
        name: "MethodNotAllowed",
        status: 405,
      })
      assert.strictEqual((yield* get(aws, { ...place, VersionId: stored.VersionId })).text, "one")
    }),
  ),
  conformance(
    "what does not exist is a 404: NoSuchKey, NoSuchBucket",
    Effect.fnUntraced(function* (aws) {
      const { place } = yield* put(aws)
      assert.deepInclude(yield* refused(aws, { ...place, Key: "none" }), { name: "NoSuchKey", status: 404 })
      const Bucket = aws.unique("no-bucket")
      assert.deepInclude(yield* refused(aws, { ...place, Bucket }), { name: "NoSuchBucket", status: 404 })
    }),
  ),
  conformance(
    "a checksum that was uploaded comes with the object",
    Effect.fnUntraced(function* (aws) {
      const { place } = yield* put(aws, { ChecksumAlgorithm: "SHA256" })
      const reply = yield* get(aws, { ...place, ChecksumMode: "ENABLED" })
      assert.strictEqual(reply.ChecksumSHA256, "xEsnM59Qfi5MgN2aqdQu90C8i2GecX86pFhi3ieHQok=")
    }),
  ),
  conformance(
    "a bucket of another region is a 301 that names its region: PermanentRedirect",
    Effect.fnUntraced(function* (aws) {
      const { place } = yield* put(aws)
      const refusal = yield* refusalOf(() => aws.elsewhere.s3.send(new GetObjectCommand(place)))
      assert.deepInclude(refusal, { name: "PermanentRedirect", status: 301 })
    }),
  ),
]

/**
 * The source of objects on local AWS: what a value carries, what is asked again and how, what is refused before its bytes
 * arrive, and what becomes of S3's errors. What was asked is read from AWS's record of calls.
 */
import { gzipSync } from "node:zlib"
import {
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { FaultEffect } from "../../../../local/aws/Faults.ts"
import { AwsEmulator } from "../../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../../local/aws/seed.ts"
import type { Value } from "../../../../src/domain/Entry.ts"
import type { ObjectAddress } from "../../../../src/kinds/s3/address.ts"
import { Sources } from "../../../../src/sources/Sources.ts"
import { awsClients, REGION, sdk } from "../../../support/aws.ts"
import { bodyOf } from "../../../support/entries.ts"
import { onLocalAws as onSources } from "../../../support/localSources.ts"

/** Runs a test on local AWS, with clients in its scope. */
const onLocalAws = <A, E>(test: Effect.Effect<A, E, AwsEmulator | Sources | Scope.Scope>) =>
  onSources(Effect.scoped(test))

const RATES: ObjectAddress = {
  kind: "s3",
  region: REGION,
  bucket: "shop-data",
  key: "rates/2026 & more+.csv",
  maxBytes: 1_000,
}
const PLACE = { Bucket: RATES.bucket, Key: RATES.key }

/** A bucket with an object, and what tests do with both. */
const setup = Effect.fnUntraced(function* (more: Partial<PutObjectCommandInput> = {}) {
  const { calls, endpoint, faults } = yield* AwsEmulator
  const sources = yield* Sources
  const { s3 } = yield* awsClients()
  yield* seedFrom(endpoint, {
    region: REGION,
    objects: [{ bucket: RATES.bucket, key: "other", content: "x" }],
  })
  const put = (body: string | Uint8Array, input: Partial<PutObjectCommandInput> = more) =>
    sdk(() => s3.send(new PutObjectCommand({ ...PLACE, Body: body, ...input })))
  const first = yield* put("EUR,1.08")
  yield* calls.clear
  return {
    calls,
    first,
    put,
    s3,
    fetch: (held?: Value, address: Partial<ObjectAddress> = {}) =>
      sources.fetch({ ...RATES, ...address }, undefined, held),
    fail: (effect: FaultEffect, times = 1) =>
      faults.inject({ service: "s3", operation: "GetObject", times, effect }),
    gets: Effect.map(calls.all, (all) => all.filter(({ operation }) => operation === "GetObject")),
  }
})

const reasonOf = <A, R>(
  fetch: Effect.Effect<A, { readonly reason: { readonly _tag: string; readonly detail: string } }, R>,
) => Effect.map(Effect.flip(fetch), ({ reason }) => reason)

describe("an object of S3", () => {
  it.live("carries its text, its media type, and what S3 says beside it", () =>
    Effect.gen(function* () {
      const { fetch, first, gets } = yield* setup({ ContentType: "text/csv" })
      const value = yield* fetch()
      assert.strictEqual(bodyOf(value), "EUR,1.08")
      assert.strictEqual(value.contentType, "text/csv")
      assert.strictEqual(value.details?.["ETag"], first.ETag)
      assert.match(String(value.details?.["LastModified"]), / GMT$/)
      assert.isUndefined(value.version)
      assert.deepStrictEqual(
        (yield* gets).map(({ names }) => names),
        [[`${RATES.bucket}/${RATES.key}`]],
      )
    }).pipe(onLocalAws),
  )

  it.live("that is no text comes byte by byte, and an empty one is an empty value", () =>
    Effect.gen(function* () {
      const { fetch, put } = yield* setup()
      yield* put(new Uint8Array([0xff, 0xfe, 0]))
      assert.deepStrictEqual(bodyOf(yield* fetch()), new Uint8Array([0xff, 0xfe, 0]))
      yield* put("")
      assert.strictEqual(bodyOf(yield* fetch()), "")
    }).pipe(onLocalAws),
  )

  it.live("that has not changed is not sent again: the value in memory is renewed", () =>
    Effect.gen(function* () {
      const { fetch, gets, put } = yield* setup()
      const held = yield* fetch()
      assert.strictEqual(yield* fetch(held), held)
      yield* put("EUR,1.09")
      assert.strictEqual(bodyOf(yield* fetch(held)), "EUR,1.09")
      assert.lengthOf(yield* gets, 3)
    }).pipe(onLocalAws),
  )

  it.live("that is stored in a content coding keeps it, byte by byte", () =>
    Effect.gen(function* () {
      const { fetch, put } = yield* setup()
      const body = gzipSync("EUR,1.08")
      yield* put(body, { ContentEncoding: "aws-chunked, gzip", ContentType: "text/csv" })
      const value = yield* fetch()
      assert.deepInclude(value, { coding: "gzip", contentType: "text/csv" })
      assert.deepStrictEqual(bodyOf(value), new Uint8Array(body))
    }).pipe(onLocalAws),
  )

  it.live("that is longer than max_bytes is refused, once, whether or not it is a little longer", () =>
    Effect.gen(function* () {
      const { fetch, gets, put } = yield* setup()
      for (const length of [1_001, 200_000]) {
        yield* put("x".repeat(length))
        const { _tag, detail } = yield* reasonOf(fetch())
        assert.strictEqual(_tag, "TooLarge")
        assert.strictEqual(detail, `it has ${length} bytes, and max_bytes of the entry allows 1000`)
      }
      yield* put("x".repeat(1_000))
      assert.lengthOf(String(bodyOf(yield* fetch())), 1_000)
      assert.lengthOf(yield* gets, 3)
    }).pipe(onLocalAws),
  )

  it.live("is read in each of its versions, and a deletion is no version", () =>
    Effect.gen(function* () {
      const { fetch, put, s3 } = yield* setup()
      yield* sdk(() =>
        s3.send(
          new PutBucketVersioningCommand({
            Bucket: RATES.bucket,
            VersioningConfiguration: { Status: "Enabled" },
          }),
        ),
      )
      const { VersionId: one = "" } = yield* put("one")
      yield* put("two")
      const { VersionId: deleted = "" } = yield* sdk(() => s3.send(new DeleteObjectCommand(PLACE)))
      assert.strictEqual((yield* reasonOf(fetch()))._tag, "NotFound")
      const value = yield* fetch(undefined, { versionId: one })
      assert.strictEqual(bodyOf(value), "one")
      assert.strictEqual(value.version, one)
      assert.strictEqual(yield* fetch(value, { versionId: one }), value)
      for (const versionId of [deleted, "no-such-version"])
        assert.strictEqual((yield* reasonOf(fetch(undefined, { versionId })))._tag, "NotFound")
    }).pipe(onLocalAws),
  )

  it.live("of a bucket in another region is read there, and from then on at once", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* AwsEmulator
      const { fetch, gets } = yield* setup()
      yield* seedFrom(endpoint, {
        objects: [{ bucket: "far-away", key: "k", content: "far", region: "eu-west-1" }],
      })
      const far = { bucket: "far-away", key: "k" }
      assert.strictEqual(bodyOf(yield* fetch(undefined, far)), "far")
      assert.strictEqual(bodyOf(yield* fetch(undefined, far)), "far")
      assert.deepStrictEqual(
        (yield* gets).map(({ region }) => region),
        [REGION, "eu-west-1", "eu-west-1"],
      )
    }).pipe(onLocalAws),
  )

  it.live.each([
    ["an object that does not exist", { key: "none" }],
    ["a bucket that does not exist", { bucket: "no-such-bucket" }],
  ])("is absent: %s", ([, address]) =>
    Effect.gen(function* () {
      const { fetch } = yield* setup()
      const { _tag, detail } = yield* reasonOf(fetch(undefined, address as Partial<ObjectAddress>))
      assert.strictEqual(_tag, "NotFound")
      assert.match(detail, /^NoSuch\w+: The specified \w+ does not exist/)
    }).pipe(onLocalAws),
  )

  it.live.each([
    ["AccessDenied", 403, "AccessDenied"],
    ["InvalidAccessKeyId", 403, "RefusedCredentials"],
    ["RequestTimeTooSkewed", 403, "BadSignature"],
    ["SignatureDoesNotMatch", 403, "BadSignature"],
    ["ExpiredToken", 400, "ExpiredCredentials"],
    ["SlowDown", 503, "Throttled"],
    ["InternalError", 500, "Unavailable"],
    ["KMS.DisabledException", 400, "AccessDenied"],
    ["InvalidObjectState", 403, "AccessDenied"],
    ["InvalidArgument", 400, "InvalidRequest"],
  ] as const)("is refused by S3's %s", ([type, status, expected]) =>
    Effect.gen(function* () {
      const { fail, fetch } = yield* setup()
      yield* fail({ kind: "error", type, status, message: "a <reason> & more" }, 10)
      const { _tag, detail } = yield* reasonOf(fetch())
      assert.strictEqual(_tag, expected)
      assert.strictEqual(detail, `${type}: a <reason> & more`)
    }).pipe(onLocalAws),
  )

  it.live.each<readonly [string, FaultEffect]>([
    ["throttled", { kind: "throttle" }],
    ["reset", { kind: "resetBefore" }],
    ["half sent", { kind: "truncate" }],
    ["a proxy's page", { kind: "page", status: 502 }],
    ["a proxy's page with status 200", { kind: "page", status: 200 }],
    ["empty", { kind: "emptyBody" }],
    ["of another form", { kind: "wrongJson" }],
  ])("comes with the next attempt if a reply is %s", ([, fault]) =>
    Effect.gen(function* () {
      const { fail, fetch, gets } = yield* setup()
      yield* fail(fault)
      assert.strictEqual(bodyOf(yield* fetch()), "EUR,1.08")
      assert.lengthOf(yield* gets, 2)
    }).pipe(onLocalAws),
  )

  it.live.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)(
    "is compared with its checksum %s",
    (algorithm) =>
      Effect.gen(function* () {
        const { fetch, put } = yield* setup()
        yield* put("EUR,1.08", CHECKSUMS[algorithm])
        assert.strictEqual(bodyOf(yield* fetch()), "EUR,1.08")
        yield* put("EUR,9.99", CHECKSUMS[algorithm])
        const { _tag, detail } = yield* reasonOf(fetch())
        assert.strictEqual(_tag, "Unavailable")
        assert.strictEqual(
          detail,
          `the object does not have the checksum in x-amz-checksum-${algorithm.toLowerCase()}`,
        )
        // The checksum of an object's parts says nothing about the whole.
        yield* put("EUR,9.99", partsOf(CHECKSUMS[algorithm]))
        assert.strictEqual(bodyOf(yield* fetch()), "EUR,9.99")
      }).pipe(onLocalAws),
  )
})

/** Of `EUR,1.08`, computed with Python from the definition of each. */
const CHECKSUMS = {
  CRC32: { ChecksumCRC32: "vcXESg==" },
  CRC32C: { ChecksumCRC32C: "79xmYg==" },
  CRC64NVME: { ChecksumCRC64NVME: "mr4Mg3v0BwA=" },
  SHA1: { ChecksumSHA1: "kFlWmGWPjNcdbI7HBLUHcUElXAA=" },
  SHA256: { ChecksumSHA256: "2wnkx+xH5yoO79TLJaIhvmikZDFglKrahyZdN88wLYI=" },
}

const partsOf = (checksum: Readonly<Record<string, string>>): Partial<PutObjectCommandInput> =>
  Object.fromEntries(Object.entries(checksum).map(([name, sum]) => [name, `${sum}-2`]))

/**
 * The checksums that S3 sends with an object, compared with the bytes that arrived, as the SDK's own client does.
 *
 * A checksum of an object that was uploaded in parts may be one of the parts' checksums; it ends in `-<parts>` and says
 * nothing about the whole.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { createHash } from "node:crypto"
import { Crc32Js, Crc32cJs, Crc64NvmeJs } from "@aws-sdk/checksums/crc"
import type { Checksum } from "@smithy/types"

type Hash = (bytes: Uint8Array) => Promise<string>

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

const summed =
  (make: () => Checksum): Hash =>
  async (bytes) => {
    const checksum = make()
    checksum.update(bytes)
    return base64(await checksum.digest())
  }

const hashed =
  (algorithm: string): Hash =>
  async (bytes) =>
    createHash(algorithm).update(bytes).digest("base64")

/** By the header of each, in the SDK's order: the cheapest first. */
const HASHES: ReadonlyArray<readonly [header: string, hash: Hash]> = [
  ["x-amz-checksum-crc32", summed(() => new Crc32Js())],
  ["x-amz-checksum-crc32c", summed(() => new Crc32cJs())],
  ["x-amz-checksum-crc64nvme", summed(() => new Crc64NvmeJs())],
  ["x-amz-checksum-sha1", hashed("sha1")],
  ["x-amz-checksum-sha256", hashed("sha256")],
]

const OF_PARTS = /-\d+$/

/** The header of a checksum that does not match the bytes; undefined if it matches, or if there is none. */
export const brokenChecksum = async (
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
): Promise<string | undefined> => {
  for (const [header, hash] of HASHES) {
    const expected = headers[header]
    if (expected === undefined || OF_PARTS.test(expected)) continue
    return (await hash(bytes)) === expected ? undefined : header
  }
  return undefined
}

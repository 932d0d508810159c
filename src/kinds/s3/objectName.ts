/**
 * The names of buckets, the keys of objects and the ids of versions that S3 accepts, and the name of an object here:
 * `<bucket>/<key>`. Pure.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
import {
  characterFault,
  firstFault,
  type Grammar,
  isRegion,
  lengthFault,
  textFault,
  variableFault,
} from "../../config/fields/grammar.ts"
import { isArn, parseArn } from "../arn.ts"

const SHORTEST_BUCKET = 3
export const MAX_BUCKET_LENGTH = 63
/** In bytes of UTF-8. */
export const MAX_KEY_BYTES = 1_024
export const MAX_VERSION_ID_LENGTH = 1_024

/** A bucket's name cannot contain it, so the first one ends the bucket's part of a name. */
export const SEPARATOR = "/"

const BUCKET_SYMBOL = /^[a-z0-9.-]$/
const ENDS = /^[a-z0-9].*[a-z0-9]$/
const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/

const arnFault: Grammar = (text) => {
  if (!isArn(text)) return undefined
  const { resource, service } = parseArn(text) ?? {}
  return service === "s3" &&
    resource !== undefined &&
    !resource.includes(SEPARATOR) &&
    !resource.includes(":")
    ? "it is an ARN; the bucket's name is what stands at its end"
    : "it is an ARN; for an access point, its alias is what stands here"
}

/** Why S3 has no bucket with this name. */
export const bucketFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    arnFault,
    (name) => characterFault(name, BUCKET_SYMBOL, "a-z, 0-9, . and -"),
    (name) =>
      name.length < SHORTEST_BUCKET
        ? `it has ${name.length} characters; ${SHORTEST_BUCKET} are the fewest`
        : undefined,
    (name) => lengthFault(name, MAX_BUCKET_LENGTH),
    (name) => (ENDS.test(name) ? undefined : "it begins and ends with a letter or a digit"),
    (name) => (name.includes("..") ? "there are two dots in a row" : undefined),
    (name) => (IP_ADDRESS.test(name) ? "it has the form of an IP address" : undefined),
  ])

/** Why S3 has no object with this key, or none that can be read over HTTP. */
export const keyFault: Grammar = (text) =>
  firstFault(text, [
    textFault,
    variableFault,
    (key) => (key.isWellFormed() ? undefined : "there is half a surrogate pair in it"),
    (key) => {
      const bytes = new TextEncoder().encode(key).byteLength
      return bytes <= MAX_KEY_BYTES ? undefined : `it has ${bytes} bytes; ${MAX_KEY_BYTES} are allowed`
    },
    // URLs resolve them, so the request would be for another object.
    (key) =>
      key.split(SEPARATOR).some((part) => part === "." || part === "..")
        ? "a part between slashes is . or .., which URLs resolve"
        : undefined,
  ])

/** S3 documents the length of a version's id, but not its characters. */
export const versionIdFault: Grammar = (text) =>
  firstFault(text, [textFault, variableFault, (id) => lengthFault(id, MAX_VERSION_ID_LENGTH)])

/** Whether a text that S3 sent may be the region of a bucket. It becomes a part of the host. */
export const isBucketRegion = isRegion

export const objectName = (bucket: string, key: string): string => `${bucket}${SEPARATOR}${key}`

/** The bucket and key of a name; undefined if one of them is missing. */
export const parseObjectName = (
  name: string,
): { readonly bucket: string; readonly key: string } | undefined => {
  const end = name.indexOf(SEPARATOR)
  return end <= 0 || end === name.length - 1
    ? undefined
    : { bucket: name.slice(0, end), key: name.slice(end + 1) }
}

/**
 * The section `s3`: objects of S3, each by bucket and key.
 *
 * Not in the Go sample. Functions request `<bucket>/<key>`, or the name that the item gives the object.
 */
import { DEFAULT_MAX_OBJECT_BYTES } from "../../domain/defaults.ts"
import { queryKey } from "../../domain/Entry.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import { defineSection } from "../Section.ts"
import {
  bucketFault,
  keyFault,
  MAX_KEY_BYTES,
  objectName,
  parseObjectName,
  versionIdFault,
} from "./objectName.ts"

const item = fields.mapping(
  {
    bucket: fields.named(
      "The bucket's name, or the alias of an access point.",
      "a bucket's name",
      bucketFault,
    ),
    key: fields.named("The object's key.", `an object's key of at most ${MAX_KEY_BYTES} bytes`, keyFault),
    version_id: fields.optional(
      fields.named(
        "The id of the version to read. Default: the current one.",
        "a version's id",
        versionIdFault,
      ),
    ),
    name: fields.optional(
      fields.ownName("What functions ask for: GET /s3?name=<name>. Default: <bucket>/<key>."),
    ),
    max_bytes: fields.optional(
      fields.bytes(
        "The longest object that is kept. A longer one is not downloaded, and its reads get 502. Default 4MiB.",
      ),
    ),
    ...accessFields,
    ...policyFields,
    ...sharedField,
  },
  "One object of a bucket.",
)

/** A bucket's name includes no region. */
const NO_ARN = { text: "", path: [] }

export const section = defineSection({
  kind: "s3",
  description: "Objects of S3. Functions ask for GET /s3?name=<bucket>/<key>.",
  item,
  rules: (written, context) => regionRule(written, [NO_ARN], context.region),
  addressOf: (name, context) => {
    const object = parseObjectName(name)
    const access = resolveAccess({}, "", context.region)
    return object && access && { kind: "s3", ...access, ...object, maxBytes: DEFAULT_MAX_OBJECT_BYTES }
  },
  faultOf: ({ bucket, key }) => bucketFault(bucket) ?? keyFault(key),
  versionOf: ({ versionId: own, ...object }, { versionId = own }) => {
    const name = objectName(object.bucket, object.key)
    return versionId === undefined
      ? undefined
      : { key: queryKey("s3", { name, versionId }), name, address: { ...object, versionId } }
  },
  drafts: (item, path, context) => {
    const access = resolveAccess(item, "", context.region)
    if (access === undefined) return [] // `regionRule` has reported it.
    const { bucket, key, version_id: versionId } = item
    return [
      {
        name: item.name ?? objectName(bucket, key),
        address: {
          kind: "s3",
          ...access,
          bucket,
          key,
          maxBytes: item.max_bytes ?? DEFAULT_MAX_OBJECT_BYTES,
          ...(versionId === undefined ? {} : { versionId }),
        },
        policy: item,
        path,
      },
    ]
  },
})

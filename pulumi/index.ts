/**
 * A Pulumi program: the layer from an archive of `npx lambda-cache-extension layer`, through a bucket, and a function whose role may read what its config.yaml lists.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as aws from "@pulumi/aws"
import * as pulumi from "@pulumi/pulumi"

const archive = "dist/cache-extension-arm64.zip"

const bucket = new aws.s3.Bucket("artifacts")
const object = new aws.s3.BucketObjectv2("cache-extension", {
  bucket: bucket.bucket,
  source: new pulumi.asset.FileAsset(archive),
})
const layer = new aws.lambda.LayerVersion("cache-extension", {
  layerName: "cache-extension-arm64",
  compatibleArchitectures: ["arm64"],
  licenseInfo: "MIT-0",
  s3Bucket: object.bucket,
  s3Key: object.key,
  // A new version for a new archive.
  sourceCodeHash: createHash("sha256").update(readFileSync(archive)).digest("base64"),
  skipDestroy: true,
})

const role = new aws.iam.Role("orders", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
})
new aws.iam.RolePolicy("cache-extension", {
  role: role.id,
  // `npx lambda-cache-extension policy function --account ... --region ... > policy.json`
  policy: readFileSync("policy.json", "utf8"),
})

export const fn = new aws.lambda.Function("orders", {
  runtime: "python3.13",
  architectures: ["arm64"],
  handler: "app.handler",
  role: role.arn,
  code: new pulumi.asset.FileArchive("function"), // with config.yaml in its root
  layers: [layer.arn],
  environment: { variables: { CACHE_EXTENSION_TTL: "15m", CACHE_EXTENSION_INIT_STARTUP: "true" } },
})

/**
 * Publishes one layer in one region of one account, unless a version with the same content is there, and grants other accounts
 * the permission to use it.
 */
import {
  AddLayerVersionPermissionCommand,
  GetLayerVersionCommand,
  LambdaClient,
  paginateListLayerVersions,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import type { Tree } from "../../scripts/trees.ts"
import { VERSION } from "../../src/observability/version.ts"
import { awsFailed, call, orIfMissing } from "../aws/failures.ts"
import { clientOf, type Session } from "../aws/session.ts"
import type { MadeLayer } from "../layers/makeLayers.ts"
import { bucketName, uploaded } from "./bucket.ts"

/** Who besides the account itself may use a version. */
export type Sharing =
  | { readonly _tag: "Nobody" }
  | { readonly _tag: "Public" }
  | { readonly _tag: "Organization"; readonly id: string }

export interface Publication {
  /** The beginning of the layers' names. */
  readonly namePrefix: string
  /** The beginning of the buckets' names; undefined: archives that fit go into the request. */
  readonly bucketPrefix: string | undefined
  readonly sharing: Sharing
  /** Whether nothing is written. */
  readonly isDryRun: boolean
}

/** What became of a layer. */
export type Published =
  | { readonly status: "exists" | "published"; readonly arn: string }
  | { readonly status: "would publish"; readonly via: string }

/** What a request takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_DIRECT_BYTES = 50 * 1024 * 1024

/** Layers are named as by sam/deploy-with-aws-cli.sh. */
export const layerName = (prefix: string, tree: Tree): string => `${prefix}-${tree.replace("_", "-")}`

const fits = (tree: Tree) =>
  tree === "node"
    ? ({
        of: "Node.js",
        CompatibleRuntimes: ["nodejs22.x", "nodejs24.x"],
        CompatibleArchitectures: ["arm64", "x86_64"],
      } as const)
    : ({ of: "any runtime", CompatibleArchitectures: [tree] } as const)

/** How many digits of the hash a description shows. */
const SHOWN_DIGITS = 12

const descriptionOf = ({ sha256, tree }: MadeLayer): string =>
  `Cache extension ${VERSION} for ${fits(tree).of}, sha256 ${sha256.slice(0, SHOWN_DIGITS)}`

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64")

interface Listed {
  readonly arn: string
  readonly version: number
  readonly description: string
}

const listed = (lambda: LambdaClient, name: string) =>
  Stream.fromAsyncIterable(
    paginateListLayerVersions({ client: lambda }, { LayerName: name }),
    awsFailed,
  ).pipe(
    Stream.flatMap(({ LayerVersions = [] }) => Stream.fromIterable(LayerVersions)),
    Stream.runCollect,
    Effect.map((versions) =>
      versions
        .flatMap(
          ({
            Description: description = "",
            LayerVersionArn: arn,
            Version: version,
          }): ReadonlyArray<Listed> =>
            arn === undefined || version === undefined ? [] : [{ arn, version, description }],
        )
        .toSorted((left, right) => right.version - left.version),
    ),
    orIfMissing([], "ResourceNotFoundException"),
  )

/** The newest version with this content. A description names the hash; the newest may have been published by other means. */
const versionWith = Effect.fnUntraced(function* (lambda: LambdaClient, name: string, { sha256 }: MadeLayer) {
  const versions = yield* listed(lambda, name)
  const candidates = versions.filter(
    ({ description }, index) => index === 0 || description.includes(sha256.slice(0, SHOWN_DIGITS)),
  )
  for (const candidate of candidates) {
    const found = yield* call((options) =>
      lambda.send(new GetLayerVersionCommand({ LayerName: name, VersionNumber: candidate.version }), options),
    ).pipe(orIfMissing(undefined, "ResourceNotFoundException"))
    if (found?.Content?.CodeSha256 === base64(sha256)) return candidate
  }
  return undefined
})

const shared = Effect.fnUntraced(function* (
  lambda: LambdaClient,
  name: string,
  version: number,
  sharing: Sharing,
) {
  if (sharing._tag === "Nobody") return
  const organization = sharing._tag === "Organization" ? { OrganizationId: sharing.id } : {}
  yield* call(
    (options) =>
      lambda.send(
        new AddLayerVersionPermissionCommand({
          LayerName: name,
          VersionNumber: version,
          StatementId: sharing._tag === "Organization" ? sharing.id : "public",
          Action: "lambda:GetLayerVersion",
          Principal: "*",
          ...organization,
        }),
        options,
      ),
    // It has been granted before.
  ).pipe(orIfMissing(undefined, "ResourceConflictException"))
})

/** Publishes a layer. */
export const publishLayer = Effect.fn("publish.publishLayer")(function* (
  session: Session,
  region: string,
  made: MadeLayer,
  { bucketPrefix, isDryRun, namePrefix, sharing }: Publication,
) {
  const lambda = yield* clientOf(session.profile, region, (options) => new LambdaClient(options))
  const name = layerName(namePrefix, made.tree)
  const existing = yield* versionWith(lambda, name, made)
  if (existing !== undefined) {
    if (!isDryRun) yield* shared(lambda, name, existing.version, sharing)
    return { status: "exists", arn: existing.arn } satisfies Published
  }
  if (isDryRun) {
    const via =
      bucketPrefix === undefined ? "in the request" : `through ${bucketName(bucketPrefix, session, region)}`
    return { status: "would publish", via } satisfies Published
  }
  const content =
    bucketPrefix === undefined
      ? { ZipFile: readFileSync(made.archive) }
      : yield* uploaded(session, region, bucketPrefix, made)
  const { of: _, ...compatible } = fits(made.tree)
  const { LayerVersionArn: arn = "", Version: version = 0 } = yield* call((options) =>
    lambda.send(
      new PublishLayerVersionCommand({
        LayerName: name,
        Description: descriptionOf(made),
        LicenseInfo: "MIT-0",
        Content: content,
        CompatibleArchitectures: [...compatible.CompatibleArchitectures],
        ...("CompatibleRuntimes" in compatible
          ? { CompatibleRuntimes: [...compatible.CompatibleRuntimes] }
          : {}),
      }),
      options,
    ),
  )
  yield* shared(lambda, name, version, sharing)
  return { status: "published", arn } satisfies Published
}, Effect.scoped)

/**
 * Where the CDK construct's layers come from: archives, a folder of them, published versions, or the Node layer that is in the
 * package. Checks what is named before anything is synthesised.
 */
import { accessSync, constants, existsSync, statSync } from "node:fs"
import path from "node:path"
import * as lambda from "aws-cdk-lib/aws-lambda"
import type { Construct } from "constructs"
import { ARTIFACTS, type Artifact } from "./fit.ts"

/** A layer: the path of an archive or of an unpacked one, the ARN of a published version, or a layer of CDK. */
export type LayerSource = string | lambda.ILayerVersion

/** The layers to choose from: `node` for functions on Node, the others for any runtime on their architecture. */
export type LayerSources = Readonly<Partial<Record<Artifact, LayerSource>>>

/** Beside this module's folder in the package: the Node layer's archive, which has its file modes on Windows, too. */
const NODE_ARCHIVE = path.join(import.meta.dirname, "../dist/cache-extension-node.zip")
const LAUNCHER = "extensions/cache-extension"

const ALLOWED =
  "an archive of `lambda-cache-extension layer`, its unpacked folder, or the ARN of a layer's version"

/** An ARN, or what CDK knows only when it deploys. */
const isArn = (source: string): boolean => source.startsWith("arn:") || source.includes("${Token[")

const fault = (key: string, found: string, allowed: string): Error =>
  new Error(`layers of the cache extension: ${key}: found ${found}; allowed: ${allowed}`)

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A version's ARN ends with its number; without it, it is a layer's. */
const VERSION = /:layer:[\w-]+:\d+$/

const checkArn = (artifact: Artifact, source: string): void => {
  if (source.startsWith("arn:") && !source.includes("${Token[") && !VERSION.test(source)) {
    throw fault(artifact, JSON.stringify(source), "an ARN that ends with the version, such as :layer:name:7")
  }
}

/** The layer for the other architecture, if the file's name says so. */
const isForOther = (artifact: Artifact, file: string): boolean =>
  ARTIFACTS.some((other) => other !== artifact && path.basename(file, ".zip") === `cache-extension-${other}`)

const checkPath = (artifact: Artifact, source: string): void => {
  const found = JSON.stringify(source)
  if (!existsSync(source)) throw fault(artifact, `nothing at ${found}`, ALLOWED)
  if (isForOther(artifact, source)) throw fault(artifact, found, `the layer cache-extension-${artifact}`)
  if (!statSync(source).isDirectory()) {
    if (!source.endsWith(".zip")) throw fault(artifact, found, ALLOWED)
    return
  }
  const launcher = path.join(source, LAUNCHER)
  if (!existsSync(launcher)) throw fault(artifact, `a folder without ${LAUNCHER} at ${found}`, ALLOWED)
  if (!isExecutable(launcher)) {
    throw fault(
      artifact,
      `a ${LAUNCHER} that is not executable at ${found}`,
      "files with the modes that are in the archive; on Windows use the archive",
    )
  }
}

/** The archives in a folder. */
const archivesIn = (folder: string): LayerSources => {
  const found = ARTIFACTS.map(
    (artifact) => [artifact, path.join(folder, `cache-extension-${artifact}.zip`)] as const,
  )
  const existing = found.filter(([, file]) => existsSync(file))
  if (existing.length === 0) {
    const names = found.map(([, file]) => path.basename(file)).join(", ")
    throw fault(
      "the folder",
      `none of the archives in ${JSON.stringify(folder)}`,
      `a folder with one of ${names}`,
    )
  }
  return Object.fromEntries(existing)
}

/** What the construct is given, as sources for each layer. Throws an error that names what is wrong. */
export const readSources = (layers: string | LayerSources = { node: NODE_ARCHIVE }): LayerSources => {
  if (typeof layers === "string") return archivesIn(layers)
  const unknown = Object.keys(layers).filter((key) => !ARTIFACTS.some((artifact) => artifact === key))
  if (unknown.length > 0) throw fault(unknown.join(", "), "a key that is unknown", ARTIFACTS.join(", "))
  for (const artifact of ARTIFACTS) {
    const source = layers[artifact]
    if (typeof source !== "string") continue
    if (isArn(source)) checkArn(artifact, source)
    else checkPath(artifact, source)
  }
  return layers
}

/** The layers that are given, in the order of `ARTIFACTS`. */
export const givenIn = (sources: LayerSources): ReadonlyArray<Artifact> =>
  ARTIFACTS.filter((artifact) => sources[artifact] !== undefined)

/** The layer of a source, made below `scope` if it is not there yet. */
export const layerIn = (
  scope: Construct,
  id: string,
  artifact: Artifact,
  source: LayerSource,
): lambda.ILayerVersion => {
  if (typeof source !== "string") return source
  const existing = scope.node.tryFindChild(id)
  if (existing !== undefined) return existing as lambda.LayerVersion
  if (isArn(source)) return lambda.LayerVersion.fromLayerVersionArn(scope, id, source)
  return new lambda.LayerVersion(scope, id, {
    description:
      artifact === "node" ? "Cache extension for Node.js" : `Cache extension for any runtime on ${artifact}`,
    code: lambda.Code.fromAsset(source),
    ...(artifact === "node"
      ? { compatibleArchitectures: [lambda.Architecture.ARM_64, lambda.Architecture.X86_64] }
      : { compatibleArchitectures: [lambda.Architecture.custom(artifact)] }),
    license: "MIT-0",
  })
}

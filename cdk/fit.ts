/**
 * Which of the layers fits a function: by its runtime, its architecture and how it is packed. Decides for the CDK construct,
 * which reads these facts from a function. Pure; uses nothing of CDK.
 */
import { OLDEST_NODE } from "../scripts/oldestNode.mjs"

/** The layers: one for functions on Node, and one for any runtime on each architecture. */
export const ARTIFACTS = ["node", "arm64", "x86_64"] as const
export type Artifact = (typeof ARTIFACTS)[number]

/** What decides about a function. */
export interface FunctionFacts {
  /** How messages name it. */
  readonly path: string
  /** Such as `nodejs24.x`; undefined if it is known only when it is deployed. */
  readonly runtime: string | undefined
  readonly isNode: boolean
  /** Whether it is packed as a container image. */
  readonly isImage: boolean
  /** `arm64` or `x86_64`. */
  readonly architecture: string
}

const IMAGES = "docs/deploy-containers.md of lambda-cache-extension"

const [OLDEST_MAJOR = 0] = OLDEST_NODE

/** Whether the Node layer runs on this runtime. Lambda keeps each at the newest release of its major version. */
const runsNodeLayer = ({ isNode, runtime }: FunctionFacts): boolean => {
  if (!isNode) return false
  if (runtime === undefined) return true
  const major = /^nodejs(\d+)\.x$/.exec(runtime)?.[1]
  return major !== undefined && Number(major) >= OLDEST_MAJOR
}

const misfit = (given: ReadonlyArray<Artifact>, fn: FunctionFacts, wanted: Artifact | undefined): Error => {
  const found = `${fn.path} has the runtime ${fn.runtime ?? "of a token"} on ${fn.architecture}`
  const layers = wanted ?? (given.join(", ") || "none")
  const allowed = [
    `the layer ${fn.architecture}, which runs on any runtime (\`layers: { ${fn.architecture}: ... }\`)`,
    `or the layer node with nodejs${OLDEST_MAJOR}.x or newer`,
  ].join(", ")
  return new Error(`no layer of the cache extension fits: ${found}; given: ${layers}; allowed: ${allowed}`)
}

/**
 * The layer for a function among those given. The one for its architecture comes first, because it starts faster than the Node
 * layer. Throws an error that says what would fit, if none does.
 *
 * @param wanted the layer to use; undefined: any that fits
 */
export const fittingArtifact = (
  given: ReadonlyArray<Artifact>,
  fn: FunctionFacts,
  wanted?: Artifact,
): Artifact => {
  if (fn.isImage) {
    throw new Error(
      `no layer of the cache extension fits: ${fn.path} is a container image, which takes no layers; copy the extension into the image: ${IMAGES}`,
    )
  }
  const runs = (artifact: Artifact): boolean =>
    artifact === "node" ? runsNodeLayer(fn) : artifact === fn.architecture
  const fitting = given.filter((artifact) => runs(artifact) && (wanted === undefined || artifact === wanted))
  const chosen = fitting.find((artifact) => artifact !== "node") ?? fitting[0]
  if (chosen === undefined) throw misfit(given, fn, wanted)
  return chosen
}

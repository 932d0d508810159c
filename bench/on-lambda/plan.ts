/**
 * What `npm run bench:lambda` deploys: a function for each runtime, size and layer. Pure.
 */

/** The layers, and `none` for the same function without one. */
export const LAYERS = ["none", "standalone", "node"] as const
export type Layer = (typeof LAYERS)[number]

/** The runtimes that there is a function for, with its handler. */
export const RUNTIMES = {
  "nodejs24.x": "index.handler",
  "nodejs22.x": "index.handler",
  "python3.14": "app.handler",
} as const
export type Runtime = keyof typeof RUNTIMES

export type Architecture = "arm64" | "x86_64"

export interface Subject {
  /** The function's name. */
  readonly name: string
  readonly runtime: Runtime
  /** In MB. */
  readonly memory: number
  readonly layer: Layer
}

export interface PlanOptions {
  readonly runtimes: ReadonlyArray<string>
  readonly memories: ReadonlyArray<number>
  readonly layers: ReadonlyArray<string>
  /** The beginning of all names. */
  readonly prefix: string
}

const isRuntime = (text: string): text is Runtime => Object.hasOwn(RUNTIMES, text)
const isLayer = (text: string): text is Layer => (LAYERS as ReadonlyArray<string>).includes(text)

/** Why an option cannot be used; undefined if all can. */
export const planFault = ({ layers, memories, runtimes }: PlanOptions): string | undefined => {
  const runtime = runtimes.find((text) => !isRuntime(text))
  if (runtime !== undefined)
    return `--runtimes: found ${runtime}; allowed: ${Object.keys(RUNTIMES).join(", ")}`
  const layer = layers.find((text) => !isLayer(text))
  if (layer !== undefined) return `--layers: found ${layer}; allowed: ${LAYERS.join(", ")}`
  const memory = memories.find((size) => size < 128 || size > 10_240)
  return memory === undefined ? undefined : `--memory: found ${memory}; allowed: 128 to 10240 MB`
}

/** All functions. The Node layer is only for Node's runtimes. */
export const subjectsOf = ({ layers, memories, prefix, runtimes }: PlanOptions): ReadonlyArray<Subject> =>
  runtimes.filter(isRuntime).flatMap((runtime) =>
    memories.flatMap((memory) =>
      layers
        .filter(isLayer)
        .filter((layer) => layer !== "node" || runtime.startsWith("nodejs"))
        .map((layer) => ({
          name: `${prefix}-${runtime.replaceAll(".", "")}-${memory}-${layer}`,
          runtime,
          memory,
          layer,
        })),
    ),
  )

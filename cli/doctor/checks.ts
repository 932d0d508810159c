/**
 * What `doctor` finds right or wrong with a function, from what AWS says of it: layer, runtime, architecture, variables, memory,
 * timeout, network. Pure. `functionFacts.ts` asks AWS, `configChecks.ts` looks at config.yaml.
 */
import { readSettings } from "../../src/config/Settings.ts"
import { READ_BUDGET } from "../../src/domain/defaults.ts"
import { similarTo } from "../explain/explain.ts"

export interface Check {
  readonly name: string
  readonly result: "ok" | "warn" | "fail" | "skipped"
  /** What was found, and what to do about it. */
  readonly message: string
}

export const ok = (name: string, message: string): Check => ({ name, result: "ok", message })
export const warn = (name: string, message: string): Check => ({ name, result: "warn", message })
export const fail = (name: string, message: string): Check => ({ name, result: "fail", message })
export const skipped = (name: string, message: string): Check => ({ name, result: "skipped", message })

/** What the checks need to know of a function. */
export interface FunctionFacts {
  readonly packageType: string
  readonly runtime: string
  readonly architecture: string
  /** The ARNs of its layers. */
  readonly layers: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
  /** In MiB. */
  readonly memory: number
  /** In seconds. */
  readonly timeout: number
  readonly region: string
  readonly role: string
  readonly isInVpc: boolean
}

/** `arn:aws:lambda:eu-west-1:1:layer:cache-extension-arm64:3` has this name. */
const layerNameOf = (arn: string): string => arn.split(":")[6] ?? ""

const isOurs = (arn: string): boolean => layerNameOf(arn).includes("cache-extension")

type LayerKind = "arm64" | "node" | "x86_64"

/** What a layer is for, by the end of its name; undefined for a name of the user's own. */
const kindOfLayer = (arn: string): LayerKind | undefined => {
  const name = layerNameOf(arn).toLowerCase()
  if (name.endsWith("node")) return "node"
  if (name.endsWith("arm64")) return "arm64"
  return /x86[-_]?64$/.test(name) ? "x86_64" : undefined
}

const HOW_TO_ATTACH =
  "attach one: docs/deploy.md (a layer whose name has no `cache-extension` in it is not recognised)"

const layerCheck = ({ layers, packageType }: FunctionFacts): Check => {
  if (packageType === "Image")
    return skipped("layer", "the function is a container image, which has its layers' files inside")
  const ours = layers.filter(isOurs)
  if (ours.length === 0) return fail("layer", `the function has no layer of the extension; ${HOW_TO_ATTACH}`)
  if (ours.length > 1)
    return fail(
      "layer",
      `the function has ${ours.length} layers of the extension (${ours.join(", ")}); keep one`,
    )
  return ok("layer", ours.join())
}

/** The runtimes of the Node layer, in functions' terms. */
const isNodeRuntime = (runtime: string): boolean => /^nodejs(2[2-9]|[3-9]\d)\.x$/.test(runtime)

const runtimeCheck = ({ layers, runtime }: FunctionFacts): Check => {
  const arn = layers.find(isOurs)
  const kind = arn === undefined ? undefined : kindOfLayer(arn)
  if (kind === undefined) return skipped("runtime", "it is not known which layer the function has")
  if (kind !== "node") return ok("runtime", `the standalone layer fits any runtime (${runtime})`)
  return isNodeRuntime(runtime)
    ? ok("runtime", `${runtime} can run the Node layer`)
    : fail(
        "runtime",
        `the Node layer needs nodejs22.x or nodejs24.x, and the function has ${runtime}; use the layer for the function's architecture`,
      )
}

const architectureCheck = ({ architecture, layers }: FunctionFacts): Check => {
  const arn = layers.find(isOurs)
  const kind = arn === undefined ? undefined : kindOfLayer(arn)
  if (kind === undefined) return skipped("architecture", "it is not known which layer the function has")
  if (kind === "node" || kind === architecture) return ok("architecture", architecture)
  return fail(
    "architecture",
    `the layer is for ${kind}, and the function is ${architecture}; use the other layer`,
  )
}

/** The launcher and the wrapper read these; `Settings` reads the others. */
const LAUNCHER_VARIABLES = [
  "CACHE_EXTENSION_NODE_OPTIONS",
  "CACHE_EXTENSION_EXTRA_CA_CERTS",
  "CACHE_EXTENSION_EXEC_WRAPPER",
]

/** The variables that the extension reads: those that it asks an environment for. */
const knownVariables = (): ReadonlySet<string> => {
  const asked = new Set(LAUNCHER_VARIABLES)
  readSettings(
    new Proxy<Record<string, undefined>>(
      {},
      {
        get: (_, name) => {
          if (typeof name === "string") asked.add(name)
          return undefined
        },
      },
    ),
  )
  return asked
}

const PREFIX = "CACHE_EXTENSION_"

/** Names that nothing reads: with the prefix, or one slip away from a name that has it. */
const variableChecks = ({ environment, region }: FunctionFacts): ReadonlyArray<Check> => {
  const known = knownVariables()
  const ours = [...known].filter((name) => name.startsWith(PREFIX))
  const misspelt = Object.keys(environment).flatMap((name) => {
    if (known.has(name)) return []
    const similar = similarTo(name, ours)
    if (similar.length === 0 && !name.startsWith(PREFIX)) return []
    const hint =
      similar.length === 0 ? `allowed: ${ours.join(", ")}` : `did you mean ${similar.join(" or ")}?`
    return [warn("variables", `nothing reads ${name}; ${hint}`)]
  })
  // Lambda sets the region and the credentials.
  const { invalid } = readSettings({ AWS_REGION: region, ...environment })
  const wrong = invalid === undefined ? [] : [fail("variables", invalid.message)]
  const all = [...wrong, ...misspelt]
  return all.length > 0 ? all : [ok("variables", "none is wrong or misspelt")]
}

const portCheck = ({ environment }: FunctionFacts): Check => {
  const { isPortGiven, port } = readSettings(environment).settings
  return isPortGiven
    ? ok("port", `${port}, from CACHE_EXTENSION_PORT; it must be free in the function`)
    : ok("port", `${port}, unless config.yaml has server.port; it must be free in the function`)
}

/** Below this, the function's own runtime leaves little for values, in MiB. */
const LITTLE_MEMORY = 192

const memoryCheck = ({ layers, memory }: FunctionFacts): Check =>
  memory < LITTLE_MEMORY && layers.some((arn) => kindOfLayer(arn) === "node" && isOurs(arn))
    ? warn("memory", `${memory} MB with the Node layer, which takes about 50 MB; prefer the standalone layer`)
    : ok("memory", `${memory} MB`)

const timeoutCheck = ({ timeout }: FunctionFacts): Check =>
  timeout * 1_000 <= READ_BUDGET
    ? warn(
        "timeout",
        `${timeout} s; a read from AWS may take ${READ_BUDGET} ms while AWS is slow; allow more`,
      )
    : ok("timeout", `${timeout} s`)

const networkCheck = ({ isInVpc }: FunctionFacts): Check =>
  isInVpc
    ? warn(
        "network",
        "the function is in a VPC; its subnets need a NAT gateway, or VPC endpoints of the services that config.yaml reads (ssm, secretsmanager, appconfigdata, dynamodb; sts for role_arn, kms for shared.encryption)",
      )
    : ok("network", "the function is in no VPC, so it reaches AWS's public endpoints")

/** All checks of a function itself. */
export const functionChecks = (facts: FunctionFacts): ReadonlyArray<Check> => [
  layerCheck(facts),
  runtimeCheck(facts),
  architectureCheck(facts),
  ...variableChecks(facts),
  portCheck(facts),
  memoryCheck(facts),
  timeoutCheck(facts),
  networkCheck(facts),
]

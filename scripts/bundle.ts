// rolldown's options for each host, with the replacements in packages that make a cold start faster.
import path from "node:path"
import {
  type InputOptions,
  type OutputChunk,
  type OutputOptions,
  type Plugin,
  rolldown,
  type RolldownOutput,
} from "rolldown"
import { ROOT } from "./root.ts"
import { PROVIDERS_FILE } from "./trees.ts"

export { ROOT }

export type HostName = "node" | "bun"

/** Registers the class of an error of AWS for its name. */
const ERROR_REGISTRATION = /^n0_registry\.registerError\([\w$]+, \w+\);$/gm

/** Leaves out the classes of AWS's errors. Without them the SDK rejects with an `Error` that has the same name and members. */
export const withoutErrorClasses = (code: string): string => code.replaceAll(ERROR_REGISTRATION, "")

// Parameter Store alone has 140 of them, which a start would evaluate. `aws/awsErrors.ts` goes by names.
const leanAwsErrors: Plugin = {
  name: "lean-aws-errors",
  transform: (code, id) =>
    /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/.test(id)
      ? { code: withoutErrorClasses(code), map: null }
      : null,
}

// On Node, the SDK's core looks up `endpoint_url` and other keys in ~/.aws/config, and the region at EC2's metadata endpoint.
// Its browser build looks nothing up.
const CORE_THAT_LOOKS_NOWHERE = new Map(
  [
    "@smithy/core/config",
    "@smithy/core/endpoints",
    "@aws-sdk/core/client",
    "@aws-sdk/core/httpAuthSchemes",
  ].map((source) => {
    const [scope = "", name = "", part = ""] = source.split("/")
    const file = `node_modules/${scope}/${name}/dist-es/submodules/${part}/index.browser.js`
    return [source, path.join(ROOT, file)]
  }),
)

const withoutSharedFiles: Plugin = {
  name: "without-shared-files",
  resolveId: (source) => CORE_THAT_LOOKS_NOWHERE.get(source) ?? null,
}

// The port serves no WebSockets, and their package has 48 kB.
const withoutWebSockets: Plugin = {
  name: "without-websockets",
  resolveId: (source) => (source === "ws" ? "\0ws" : null),
  load: (id) => (id === "\0ws" ? "export class WebSocket {}\nexport class WebSocketServer {}\n" : null),
}

// No operation that is called streams events. The SDK's protocols would load this with the first that does.
const withoutEventStreams: Plugin = {
  name: "without-event-streams",
  resolveId: (source) => (source === "@smithy/core/event-streams" ? "\0event-streams" : null),
  load: (id) =>
    id === "\0event-streams"
      ? "export const EventStreamSerde = undefined, eventStreamSerdeProvider = undefined\n"
      : null,
}

// Effect loads the module to keep Node's asynchronous context over each suspension of a fiber. Nothing here uses that, and loading
// it takes 1 ms of CPU under Bun.
const ASYNC_HOOKS = 'globalThis.process?.getBuiltinModule?.("node:async_hooks")?.AsyncResource'

const withoutAsyncHooks: Plugin = {
  name: "without-async-hooks",
  transform: {
    filter: { id: /\/effect\/dist\/internal\/effect\.js$/ },
    handler(code) {
      if (!code.includes(ASYNC_HOOKS)) this.error("Effect loads node:async_hooks in another way than before")
      return { code: code.replace(ASYNC_HOOKS, "undefined"), map: null }
    },
  },
}

// A kind's part of the contract is only needed to write schema/openapi.json, which is in the layer as a file.
const withoutContracts: Plugin = {
  name: "without-contracts",
  resolveId: (source) => (source === "./contract.ts" ? "\0contract" : null),
  load: (id) => (id === "\0contract" ? "export const contract = undefined\n" : null),
}

// Byte code has six times the size of its source. Most files need no library to be read (readPlain.ts), so in the executable it is
// text, which a start that needs it compiles: 8 ms of CPU, for 100 kB less in an archive that is near its limit.
const yamlAsText: Plugin = {
  name: "yaml-as-text",
  async load(id) {
    if (id !== ALIAS.yaml) return null
    const build = await rolldown({ input: id, logLevel: "warn" })
    const { output } = await build.generate({ format: "cjs", minify: true, comments: { legal: false } })
    await build.close()
    const [{ code, exports }] = output
    return `const yaml = {}
new Function("exports", ${JSON.stringify(code)})(yaml)
export const { ${exports.join(", ")} } = yaml`
  },
}

// Bun adds the byte code of its own modules for the network to an executable that imports them: 0.5 MB of the archive. Asked for
// at run time, they come from the runtime.
const NETWORK: ReadonlySet<string> = new Set(["node:dns", "node:http", "node:https", "node:net"])

const networkAtRunTime: Plugin = {
  name: "network-at-run-time",
  resolveId: (source) => (NETWORK.has(source) ? `\0${source}` : null),
  async load(id) {
    const name = id.slice(1)
    if (!NETWORK.has(name)) return null
    const exports = Object.keys((await import(name)) as object).filter((key) => key !== "default")
    return `const builtin = process.getBuiltinModule(${JSON.stringify(name)})
export const { ${exports.join(", ")} } = builtin
export default builtin`
  },
}

// JSON is parsed faster than code, and the executable would contain six times its size as byte code.
const jsonAsText: Plugin = {
  name: "json-as-text",
  transform: {
    filter: { id: /\.json$/ },
    handler: (text) => ({
      code: `export default JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(text)))})`,
      moduleType: "js",
      map: null,
    }),
  },
}

// They need the core of the SDK that looks into files and at metadata endpoints. So they are bundled apart, with packages of their
// own, and what Lambda starts contains not one module because of them.
const withoutProviders: Plugin = {
  name: "without-providers",
  resolveId: (source) => (source === "./providers.ts" ? { id: `./${PROVIDERS_FILE}`, external: true } : null),
}

// Creating an Effect layer has no side effects, but the packages do not mark it as pure.
const PURE = [
  "effect",
  "effectContext",
  "effectDiscard",
  "mergeAll",
  "merge",
  "provide",
  "provideMerge",
  "succeed",
  "unwrap",
]

// For Bun, packages are bundled in their browser build, because loading a module of Node takes milliseconds under Bun.
const RESOLVE = {
  node: { mainFields: ["module", "main"], conditionNames: ["module", "import", "default"] },
  bun: {
    mainFields: ["browser", "module", "main"],
    conditionNames: ["browser", "module", "import", "default"],
  },
} as const

// Under Node's conditions `yaml` resolves to CommonJS. Then all of it would be bundled, and the bundler's runtime, which every
// start evaluates, would load node:module for its calls of `require`.
// `redis` adds modules for search, time series and the like to its client, which is all that the shared tier needs.
const ALIAS = {
  yaml: path.join(ROOT, "node_modules/yaml/browser/dist/index.js"),
  redis: path.join(ROOT, "node_modules/@redis/client/dist/index.js"),
}

const inputOptions = (host: HostName): InputOptions => ({
  input: path.join(ROOT, `src/main.${host}.ts`),
  platform: "node",
  plugins: [
    leanAwsErrors,
    withoutSharedFiles,
    withoutWebSockets,
    withoutEventStreams,
    withoutAsyncHooks,
    withoutContracts,
    jsonAsText,
    withoutProviders,
    ...(host === "bun" ? [yamlAsText, networkAtRunTime] : []),
  ],
  resolve: {
    alias: ALIAS,
    mainFields: [...RESOLVE[host].mainFields],
    conditionNames: [...RESOLVE[host].conditionNames],
  },
  // The entry exports nothing. `includeDependenciesRecursively`, below, requires this.
  preserveEntrySignatures: false,
  treeshake: { moduleSideEffects: false, manualPureFunctions: PURE.map((name) => `Layer.${name}`) },
  transform: { define: { "import.meta": "{}" } },
  logLevel: "warn",
})

const FORMATS = {
  node: {
    format: "cjs",
    dynamicImportInCjs: false,
    entryFileNames: "program.cjs",
    chunkFileNames: "[name].cjs",
  },
  bun: { format: "esm", entryFileNames: "program.mjs", chunkFileNames: "[name].mjs" },
} as const

/** The steps of a cold start, by the module that each imports. */
const STEPS = { program: /\/src\/main\.\w+\.ts$/, Boot: /\/src\/Boot\.ts$/, App: /\/src\/App\.ts$/ }

/** For each step, the modules that it loads beyond the steps before it. */
const modulesOfSteps = (chunks: ReadonlyArray<OutputChunk>): ReadonlyMap<string, string> => {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const steps = new Map<string, string>()
  for (const [step, module] of Object.entries(STEPS)) {
    const loaded = new Set(chunks.filter(({ facadeModuleId }) => module.test(facadeModuleId ?? "")))
    // Iterating a set includes what is added meanwhile.
    for (const { imports, moduleIds } of loaded) {
      for (const id of moduleIds) if (!steps.has(id)) steps.set(id, step)
      for (const file of imports) {
        const chunk = byFile.get(file)
        if (chunk !== undefined) loaded.add(chunk)
      }
    }
  }
  return steps
}

interface Bundling {
  /** Where to write the files. Default: they are not written. */
  readonly dir?: string
  readonly minify?: boolean
  readonly plugins?: ReadonlyArray<Plugin>
  /** The host whose format the files have. */
  readonly format?: HostName
}

/** Bundles the SDK's providers into one file of a folder, which Node and Bun load as it is. */
export const bundleProviders = async (dir: string): Promise<ReadonlyArray<OutputChunk>> => {
  const build = await rolldown({
    input: path.join(ROOT, "src/host/providers.ts"),
    platform: "node",
    resolve: { mainFields: ["module", "main"], conditionNames: ["node", "module", "import", "default"] },
    treeshake: { moduleSideEffects: false },
    transform: { define: { "import.meta": "{}" } },
    logLevel: "warn",
  })
  const { output } = await build.write({
    dir,
    format: "cjs",
    dynamicImportInCjs: false,
    codeSplitting: false,
    entryFileNames: PROVIDERS_FILE,
    minify: true,
    comments: { legal: false },
  })
  await build.close()
  return output.filter((file) => file.type === "chunk")
}

/**
 * Bundles the program of a host: one file for each step of a cold start, and further ones that are loaded when they are needed.
 *
 * By default the bundler puts what a step shares with later files into files of their own, a dozen in all. Which modules a step
 * loads is known only afterwards, so it bundles twice.
 *
 * ES modules for Bun, which evaluates them in less time and memory. CommonJS for Node, where an ESM `import "node:http"` also
 * loads undici (27 ms on Node 22 and later), and so does `import("node:http")`, which therefore becomes a `require`.
 */
export const bundle = async (
  host: HostName,
  { dir, format = host, minify = true, plugins = [] }: Bundling = {},
): Promise<ReadonlyArray<OutputChunk>> => {
  const options = inputOptions(host)
  const build = await rolldown({ ...options, plugins: [options.plugins, ...plugins] })
  const output: OutputOptions = { ...FORMATS[format], minify, comments: { legal: false } }
  const chunksOf = (bundled: RolldownOutput) => bundled.output.filter((file) => file.type === "chunk")

  const steps = modulesOfSteps(chunksOf(await build.generate({ ...output, minify: false })))
  const step = {
    name: (id: string) => steps.get(id) ?? null,
    debugName: "step of a cold start",
    includeDependenciesRecursively: false,
  }
  const inSteps: OutputOptions = { ...output, codeSplitting: { groups: [step] } }
  const bundled = await (dir === undefined ? build.generate(inSteps) : build.write({ ...inSteps, dir }))
  await build.close()
  return chunksOf(bundled)
}

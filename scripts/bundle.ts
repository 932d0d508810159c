// rolldown's options for each host, with the replacements in packages that make a cold start faster.
import path from "node:path"
import type { InputOptions, OutputOptions, Plugin } from "rolldown"

export const ROOT = path.dirname(import.meta.dirname)

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

// A kind's part of the contract is only needed to write schema/openapi.json, which is in the layer as a file.
const withoutContracts: Plugin = {
  name: "without-contracts",
  resolveId: (source) => (source === "./contract.ts" ? "\0contract" : null),
  load: (id) => (id === "\0contract" ? "export const contract = undefined\n" : null),
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

export const inputOptions = (host: HostName): InputOptions => ({
  input: path.join(ROOT, `src/main.${host}.ts`),
  platform: "node",
  plugins: [leanAwsErrors, withoutSharedFiles, withoutWebSockets, withoutContracts],
  resolve: { mainFields: [...RESOLVE[host].mainFields], conditionNames: [...RESOLVE[host].conditionNames] },
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

/**
 * One file for what stands before `register`, and further ones that are loaded when they are needed.
 *
 * ES modules for Bun, which evaluates them in less time and memory. CommonJS for Node, where an ESM `import "node:http"` also
 * loads undici (27 ms on Node 22 and later), and so does `import("node:http")`, which therefore becomes a `require`.
 */
export const outputOptions = (host: HostName, dir: string): OutputOptions => ({
  dir,
  ...FORMATS[host],
  minify: true,
  comments: { legal: false },
})

// How the program is bundled: rolldown's options for each host, and the changes to packages that a cold start
// pays for.
import path from "node:path"
import type { InputOptions, OutputOptions, Plugin } from "rolldown"

export const ROOT = path.dirname(import.meta.dirname)

export type HostName = "node" | "bun"

// The SDK's default configuration for Node walks the credential provider chain and reads shared files, which
// `aws/AwsClients` makes unnecessary. The one for browsers takes what it is given.
const leanAwsConfig: Plugin = {
  name: "lean-aws-config",
  resolveId(source, importer) {
    return source === "./runtimeConfig" && importer?.includes("/@aws-sdk/client-")
      ? path.join(path.dirname(importer), "runtimeConfig.browser.js")
      : null
  },
}

// What the SDK's core looks up by itself on Node: `endpoint_url` and other keys in ~/.aws/config, for which it must know a
// home directory, and the region from EC2's metadata endpoint. Its form for browsers looks nowhere, as under Bun.
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

// The port serves no WebSockets; the package behind them is 48 kB.
const withoutWebSockets: Plugin = {
  name: "without-websockets",
  resolveId: (source) => (source === "ws" ? "\0ws" : null),
  load: (id) => (id === "\0ws" ? "export class WebSocket {}\nexport class WebSocketServer {}\n" : null),
}

// A kind's part of the contract is what schema/openapi.json is made of. A layer has that file.
const withoutContracts: Plugin = {
  name: "without-contracts",
  resolveId: (source) => (source === "./contract.ts" ? "\0contract" : null),
  load: (id) => (id === "\0contract" ? "export const contract = undefined\n" : null),
}

// Layers are values: a layer that nobody uses does nothing. The packages do not mark their making as pure.
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

// Under Bun, packages are taken in their form for browsers, which does without Node's modules: each of those
// takes milliseconds to load there.
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
  plugins: [leanAwsConfig, withoutSharedFiles, withoutWebSockets, withoutContracts],
  resolve: { mainFields: [...RESOLVE[host].mainFields], conditionNames: [...RESOLVE[host].conditionNames] },
  treeshake: { moduleSideEffects: false, manualPureFunctions: PURE.map((name) => `Layer.${name}`) },
  transform: { define: { "import.meta": "{}" } },
  logLevel: "warn",
})

/**
 * One file for what stands before `register`, and further ones that are loaded when they are needed. CommonJS,
 * because an ESM `import "node:http"` also loads undici (27 ms on Node 22 and later), and so does
 * `import("node:http")`, which therefore becomes a `require`.
 */
export const outputOptions = (dir: string): OutputOptions => ({
  dir,
  format: "cjs",
  minify: true,
  dynamicImportInCjs: false,
  entryFileNames: "program.cjs",
  chunkFileNames: "[name].cjs",
  comments: { legal: false },
})

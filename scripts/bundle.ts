// How the program is bundled: the rolldown options that both hosts share, and the changes to packages that a
// cold start pays for.
import path from "node:path"
import type { InputOptions, OutputOptions, Plugin } from "rolldown"

export const ROOT = path.dirname(import.meta.dirname)

// The SDK's default configuration for Node walks the credential provider chain and reads shared files, which
// `sources/AwsClients` makes unnecessary. The one for browsers takes what it is given. (https and streams come
// from the request handler, which is given too.)
const leanAwsConfig: Plugin = {
  name: "lean-aws-config",
  resolveId(source, importer) {
    return source === "./runtimeConfig" && importer?.includes("/@aws-sdk/client-")
      ? path.join(path.dirname(importer), "runtimeConfig.browser.js")
      : null
  },
}

// The port serves no WebSockets; the package behind them is 48 kB.
const withoutWebSockets: Plugin = {
  name: "without-websockets",
  resolveId: (source) => (source === "ws" ? "\0ws" : null),
  load: (id) => (id === "\0ws" ? "export class WebSocket {}\nexport class WebSocketServer {}\n" : null),
}

// Layers are values: a layer that nobody uses does nothing. The packages do not mark their making as pure.
const PURE = ["effect", "effectContext", "effectDiscard", "mergeAll", "merge", "provide", "provideMerge", "succeed", "unwrap"]

export const inputOptions = (entry: string): InputOptions => ({
  input: path.join(ROOT, entry),
  platform: "node",
  plugins: [leanAwsConfig, withoutWebSockets],
  resolve: { mainFields: ["module", "main"], conditionNames: ["module", "import", "default"] },
  treeshake: { moduleSideEffects: false, manualPureFunctions: PURE.map((name) => `Layer.${name}`) },
  transform: { define: { "import.meta": "{}" } },
  logLevel: "warn",
})

/**
 * CommonJS, because an ESM `import "node:http"` also loads undici (27 ms on Node 22 and later), and so does
 * `import("node:http")`, which therefore becomes a `require`.
 */
export const nodeOutput = (dir: string): OutputOptions => ({
  dir,
  format: "cjs",
  minify: true,
  dynamicImportInCjs: false,
  entryFileNames: "main.cjs",
  chunkFileNames: "[name].cjs",
  comments: { legal: false },
})

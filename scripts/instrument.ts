/**
 * The program of a host, bundled so that it records what a start evaluates: files of the bundle, modules of the runtime, the
 * standard streams, and the requests to the Extensions API, which divide a start into phases.
 *
 * For `npm run bench:profile`, and for the test of the budget (`test/coldStart/budget.txt`). The bundle is that of the
 * artifact without minification, so its files contain the same modules. It is CommonJS for both hosts, because a CommonJS file
 * can note when its evaluation begins; the imports of an ES module are evaluated before its first line.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import type { Plugin } from "rolldown"
import { bundle, type HostName, ROOT } from "./bundle.ts"

/**
 * One record, with its time in milliseconds since the process's start:
 * - `in` and `out`: a file of the bundle is evaluated.
 * - `use`: a module of the runtime is loaded, or one of the standard streams is made.
 * - `call`: a path of the Extensions API is requested.
 */
export type Note = readonly [what: "in" | "out" | "use" | "call", name: string, at: number]

/** Starts the line on standard output that has the notes, as JSON. It is printed when the process exits. */
export const NOTES = "NOTES"

export interface Instrumented {
  /** The file to run. */
  readonly entry: string
  /** The modules in each file of the bundle. Those of packages are named without `node_modules/`. */
  readonly modules: ReadonlyMap<string, ReadonlyArray<string>>
  /** The modules that import a module, each as the module is named above. */
  readonly importers: ReadonlyMap<string, ReadonlyArray<string>>
}

const nameOf = (id: string): string =>
  path
    .relative(ROOT, id.replaceAll("\0", ""))
    .replace(/^node_modules\//, "")
    .replace(/^effect\/dist\/(.*)\.js$/, "effect/$1")

/** Runs once, before the entry. */
const PRELUDE = `
const notes = [];
globalThis.__note = (what, name) => notes.push([what, name, performance.now()]);
const builtin = process.getBuiltinModule;
process.getBuiltinModule = (id) => { __note("use", id); return builtin(id); };
for (const name of ["stdin", "stdout", "stderr"]) {
  const { get, ...rest } = Object.getOwnPropertyDescriptor(process, name);
  if (get) Object.defineProperty(process, name, {
    ...rest,
    get() { __note("use", "process." + name); return get.call(process); },
  });
}
const called = (url) => {
  const call = /\\/2020-01-01\\/extension\\/(.*)$/.exec(String(url));
  if (call) __note("call", call[1]);
};
const { fetch } = globalThis;
if (process.versions.bun) globalThis.fetch = Object.assign((url, options) => { called(url); return fetch(url, options); }, fetch);
else {
  const http = require("node:http");
  const { request } = http;
  http.request = (url, ...rest) => { called(url); return request(url, ...rest); };
}
process.once("exit", () => console.log(${JSON.stringify(NOTES)} + JSON.stringify(notes)));
`

/** The import of a module of the runtime. */
const OF_RUNTIME = /\brequire\(("(?!\.)[^"\n]+")\)/g

const instrument = (name: string, code: string, isEntry: boolean): string =>
  [
    ...(isEntry ? [`{${PRELUDE}}`] : []),
    `__note("in", ${JSON.stringify(name)});`,
    code.replaceAll(OF_RUNTIME, (load, module) => `(__note("use", ${module}), ${load})`),
    `__note("out", ${JSON.stringify(name)});`,
  ].join("\n")

/** Bundles the program of a host into an empty folder. */
export const bundleInstrumented = async (host: HostName, folder: string): Promise<Instrumented> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const importers = new Map<string, ReadonlyArray<string>>()
  const graph: Plugin = {
    name: "graph",
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const info = this.getModuleInfo(id)
        if (info !== null) importers.set(nameOf(id), info.importers.map(nameOf))
      }
    },
  }
  const chunks = await bundle(host, { dir: folder, format: "node", minify: false, plugins: [graph] })

  const modules = new Map<string, ReadonlyArray<string>>()
  let entry = ""
  for (const file of chunks) {
    const target = path.join(folder, file.fileName)
    writeFileSync(target, instrument(file.fileName, readFileSync(target, "utf8"), file.isEntry))
    if (file.isEntry) entry = target
    const used = Object.entries(file.modules).filter(([, { renderedLength }]) => renderedLength > 0)
    modules.set(
      file.fileName,
      used.map(([id]) => nameOf(id)),
    )
  }
  return { entry, modules, importers }
}

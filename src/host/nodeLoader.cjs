// Loads the files of the Node bundle through V8's code cache, which saves compiling them: 35 ms of a cold start.
//
// A cache fits one version of V8, one processor and one set of flags, so the build makes it for the Node it
// runs on. Where it does not fit, V8 rejects it and the file is compiled as usual: slower, nothing else.
// Plain CommonJS: this file stands before everything and must itself be small.
"use strict"
const { readFileSync } = require("node:fs")
const path = require("node:path")
const { Script } = require("node:vm")

/** Where the caches for this V8 and processor lie. */
const cacheFolder = path.join(__dirname, "code-cache", `${process.versions.v8}-${process.arch}`)

const modules = new Map()
/** The compiled files by name, for the build that makes their caches. */
const scripts = new Map()

const cacheOf = (name) => {
  try {
    return readFileSync(path.join(cacheFolder, name))
  } catch {
    return undefined
  }
}

const compile = (name) => {
  const filename = path.join(__dirname, name)
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, "utf8")}\n})`
  // V8 writes the name into its cache: without the folder, that is the same wherever the layer was built.
  const script = new Script(source, { filename: name, cachedData: cacheOf(name) })
  scripts.set(name, script)
  return script.runInThisContext()
}

/** The exports of a file of the bundle. */
const load = (name) => {
  const known = modules.get(name)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  modules.set(name, module)
  compile(name)(module.exports, requireFrom, module, path.join(__dirname, name), __dirname)
  return module.exports
}

const requireFrom = (id) => (id.startsWith("./") ? load(id.slice(2)) : require(id))

module.exports = { cacheFolder, compile, load, scripts }

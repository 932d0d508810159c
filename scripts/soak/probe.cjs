"use strict"
// Loaded into the extension by the soak test (soak/heap.ts), before its program: a server on a Unix socket, which collects all
// garbage at each request and answers with the bytes that are alive after that. Not part of any layer.
//
// Runs in Bun and in Node, so it is plain JavaScript. Reads its path from SOAK_PROBE.

const isBun = typeof Bun !== "undefined"

const collector = () => {
  if (isBun) return () => Bun.gc(true)
  require("node:v8").setFlagsFromString("--expose-gc")
  return require("node:vm").runInNewContext("gc")
}

/**
 * Bytes of all objects, without machine code, which grows for as long as code becomes hot. In Bun also without what objects own
 * outside the heap, such as the characters of a string, because the code is counted with that.
 */
const liveBytes = () => {
  if (isBun) {
    const { extraMemorySize, heapSize } = require("bun:jsc").heapStats()
    return heapSize - extraMemorySize
  }
  return require("node:v8")
    .getHeapSpaceStatistics()
    .filter(({ space_name: name }) => !/code|trusted/.test(name))
    .reduce((sum, { space_used_size: used }) => sum + used, process.memoryUsage().external)
}

const collect = collector()

const measure = () => {
  // The first collection runs finalizers, and the second collects what they let go.
  collect()
  collect()
  return String(liveBytes())
}

const unix = process.env.SOAK_PROBE
if (isBun) Bun.serve({ unix, fetch: () => new Response(measure()) }).unref()
else {
  const { createServer } = require("node:http")
  createServer((_, response) => response.end(measure()))
    .listen(unix)
    .unref()
}

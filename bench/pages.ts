/**
 * `npm run bench:pages`: which parts of the executable a start touches, with a preload over TLS and the first reads.
 * `--write` records them in `scripts/readAhead/`, from which the build makes `read-ahead`. A new version of Bun needs that.
 *
 * `--architecture` names the executable in dist. That of another processor runs under qemu (`qemu-user-static` and
 * `libc6-arm64-cross` of Debian).
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs"
import path from "node:path"
import { ARCHITECTURES, HOST_ARCHITECTURE, lockedVersion } from "../scripts/bun.ts"
import { ROOT } from "../scripts/bundle.ts"
import { parseOptions, refuse } from "../scripts/options.ts"
import { rangesFile, recordedRanges } from "../scripts/readAhead.ts"
import { startAws } from "./support/aws.ts"
import { makeCertificate } from "./support/certificates.ts"
import { startExtensionsApi } from "./support/extensionsApi.ts"
import { freePort, lambdaVariables, start } from "./support/processes.ts"
import { read } from "./support/reads.ts"
import { WORK } from "./support/subjects.ts"
import { SMALL } from "./support/workloads.ts"

const PAGE = 4_096
/** Pages that are nearer to each other than this are read together. */
const GAP = 16

const { architecture: named, write } = parseOptions("Shows which pages of the executable a start touches.", {
  architecture: { type: "string", default: HOST_ARCHITECTURE ?? "", description: "x86_64 or arm64" },
  write: { type: "boolean", default: false, description: "Record them in scripts/readAhead" },
})
const architecture =
  ARCHITECTURES.find((name) => name === named) ??
  refuse(`--architecture: found ${JSON.stringify(named)}; allowed: ${ARCHITECTURES.join(", ")}`)

/** The pages of a file that a process has in its address space, from /proc/<pid>/pagemap (bit 63 of each entry). */
const pagesOf = (pid: number, file: string): ReadonlyArray<number> => {
  const pagemap = openSync(`/proc/${pid}/pagemap`, "r")
  const mappings = readFileSync(`/proc/${pid}/maps`, "utf8").matchAll(
    /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+ +(.*)$/gm,
  )
  const pages = new Set<number>()
  for (const [, from = "", to = "", offset = "", mapped] of mappings) {
    if (mapped !== file) continue
    const first = Number.parseInt(from, 16) / PAGE
    const entries = Buffer.alloc((Number.parseInt(to, 16) / PAGE - first) * 8)
    readSync(pagemap, entries, 0, entries.length, first * 8)
    for (let entry = 0; entry < entries.length / 8; entry++) {
      const isPresent = entries.readUInt8(entry * 8 + 7) >= 0x80
      if (isPresent) pages.add(Number.parseInt(offset, 16) / PAGE + entry)
    }
  }
  closeSync(pagemap)
  return Array.from(pages).toSorted((a, b) => a - b)
}

const merged = (pages: ReadonlyArray<number>): ReadonlyArray<{ first: number; last: number }> => {
  const ranges: Array<{ first: number; last: number }> = []
  for (const page of pages) {
    const range = ranges.at(-1)
    if (range !== undefined && page - range.last <= GAP) range.last = page
    else ranges.push({ first: page, last: page })
  }
  return ranges
}

const executable = path.join(ROOT, "dist", architecture, "cache-extension/cache-extension")
if (!existsSync(executable)) refuse(`${executable} is missing: npm run build -- ${architecture}`)
const emulator =
  architecture === HOST_ARCHITECTURE ? [] : ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"]
mkdirSync(path.join(WORK, "certificates"), { recursive: true })
const certificate = makeCertificate(path.join(WORK, "certificates"))
const config = path.join(WORK, "config.yaml")
writeFileSync(config, SMALL.config)
const [aws, api] = await Promise.all([
  startAws({ latency: SMALL.latency, certificate }),
  startExtensionsApi(),
])
const next = new Promise<unknown>((resolve, reject) => {
  api.listen({ registered: () => {}, next: resolve, fault: (text) => reject(new Error(text)) })
})
const port = await freePort()
let pages: ReadonlyArray<number>
const running = start([...emulator, executable, "cache-extension"], {
  ...lambdaVariables(api.address, aws.endpoint),
  ...(certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate.authority }),
  PATH: "/usr/bin:/bin",
  CACHE_EXTENSION_CONFIG: config,
  CACHE_EXTENSION_INIT_STARTUP: "true",
  CACHE_EXTENSION_PORT: String(port),
})
try {
  await Promise.race([next, running.ended.then((words) => Promise.reject(new Error(words)))])
  // One from memory, one from AWS.
  for (const target of [SMALL.probe, "/parameters?name=unlisted"])
    await read(port, target, AbortSignal.timeout(5_000))
  pages = pagesOf(running.pid, executable)
} finally {
  await running.kill()
  aws.stop()
  api.close()
}

const ranges = merged(pages).map(({ first, last }) => [first * PAGE, (last - first + 1) * PAGE] as const)

const megabytes = (of: ReadonlyArray<readonly [number, number]>): string =>
  (of.reduce((total, [, length]) => total + length, 0) / 1e6).toFixed(1)
const recorded = recordedRanges(architecture)
console.log(`touched: ${ranges.length} ranges, ${megabytes(ranges)} MB`)
console.log(`recorded: ${recorded.length} ranges, ${megabytes(recorded)} MB`)
if (write) {
  const lines = [`Bun ${lockedVersion(architecture)}`, ...ranges.map((range) => range.join(" "))]
  writeFileSync(rangesFile(architecture), `${lines.join("\n")}\n`)
}

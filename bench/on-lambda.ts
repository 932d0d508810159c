/**
 * `npm run bench:lambda`: measures the extension on Lambda itself, in your account: what it adds to INIT, the first read,
 * memory, per runtime, size and layer. Needs the AWS CLI with credentials, and `npm run layer`. It creates functions, layers, a
 * role and a parameter, all with one prefix, and removes them at the end. `--dry-run` prints the calls. docs/performance.md.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { pack } from "../scripts/archive.ts"
import { ROOT } from "../scripts/root.ts"
import { COUNT, COUNTS, parseOptions, refuse } from "../scripts/options.ts"

import { makeAwsCli, textIn } from "./on-lambda/cli.ts"
import { type Invocation, invocationOf, type Measured, tableOf } from "./on-lambda/measured.ts"
import { type Architecture, LAYERS, planFault, type Subject, subjectsOf } from "./on-lambda/plan.ts"
import { makeStack, variablesOf } from "./on-lambda/stack.ts"
import { progress } from "./support/report.ts"

const values = parseOptions("Measures the extension on Lambda, in your account, by the AWS CLI.", {
  runtimes: {
    type: "string",
    default: "nodejs24.x,python3.14",
    description: "Runtimes, separated by commas: nodejs22.x, nodejs24.x, python3.14",
  },
  memory: { type: "string", default: "128,512,1769", check: COUNTS, description: "Sizes of functions in MB" },
  layers: { type: "string", default: LAYERS.join(), description: "Layers, and none for the function alone" },
  architecture: {
    type: "string",
    default: "arm64",
    check: /^(arm64|x86_64)$/,
    description: "arm64 or x86_64",
  },
  cold: { type: "string", default: "10", check: COUNT, description: "Cold invocations of each function" },
  warm: { type: "string", default: "3", check: COUNT, description: "Warm invocations after each cold one" },
  preload: { type: "boolean", default: false, description: "Loads everything at the start" },
  json: { type: "string", default: "", description: "Also writes all figures to this file" },
  "dry-run": {
    type: "boolean",
    default: false,
    description: "Prints the calls of the AWS CLI, and makes none",
  },
})

const prefix = `cache-extension-bench-${process.pid}-${Math.floor(performance.timeOrigin).toString(36)}`
const options = {
  prefix,
  runtimes: values.runtimes.split(","),
  memories: values.memory.split(",").map(Number),
  layers: values.layers.split(","),
}
const fault = planFault(options)
if (fault !== undefined) refuse(fault)
const subjects = subjectsOf(options)
const isDry = values["dry-run"]
const architecture = values.architecture as Architecture

const layerArchives = {
  standalone: path.join(ROOT, `dist/cache-extension-${architecture}.zip`),
  node: path.join(ROOT, "dist/cache-extension-node.zip"),
}
for (const [layer, file] of Object.entries(layerArchives)) {
  const isNeeded = subjects.some((subject) => subject.layer === layer)
  if (isNeeded && !isDry && !existsSync(file)) refuse(`${file} is missing: run npm run layer`)
}

/** The seconds between two attempts to use a role that is new. */
const pause = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000)

const folder = mkdtempSync(path.join(tmpdir(), "bench-on-lambda-"))
const archive = path.join(folder, "function.zip")
await pack(path.join(import.meta.dirname, "on-lambda/function"), archive)
const aws = makeAwsCli(isDry, (line) => console.log(line))
const stack = makeStack(aws, { prefix, architecture, archive, layerArchives, preload: values.preload }, pause)

// Ctrl-C ends the call under way, which therefore fails, and everything is removed as after any failure.
process.on("SIGINT", () => {})

const invoke = ({ name }: Subject): Invocation | undefined => {
  const answer = path.join(folder, "answer.json")
  const reply = aws.call("lambda invoke", ["--function-name", name, "--log-type", "Tail", answer])
  if (isDry) return undefined
  const log = Buffer.from(textIn(aws, reply, "LogResult"), "base64").toString()
  return invocationOf(log, readFileSync(answer, "utf8"))
}

const measure = (subject: Subject): Measured => {
  const cold: Array<Invocation> = []
  const warm: Array<Invocation> = []
  for (let run = 1; run <= Number(values.cold); run += 1) {
    const name = ["--function-name", subject.name]
    const environment = ["--environment", variablesOf(prefix, subject, values.preload, run)]
    aws.call("lambda update-function-configuration", [...name, ...environment])
    aws.call("lambda wait function-updated-v2", name)
    for (let turn = 0; turn <= Number(values.warm); turn += 1) {
      const invocation = invoke(subject)
      if (invocation !== undefined) (invocation.init === undefined ? warm : cold).push(invocation)
    }
  }
  return { ...subject, cold, warm }
}

try {
  const measured: Array<Measured> = []
  for (const [index, subject] of subjects.entries()) {
    progress(`${index + 1}/${subjects.length} ${subject.name}`)
    stack.create(subject)
    measured.push(measure(subject))
  }
  if (!isDry) {
    const title = `${architecture}, ${values.preload ? "with a preload" : "lazy"}, medians of ${values.cold} cold starts`
    console.log(`${title}; ms, and MB in the last two columns\n\n${tableOf(measured)}`)
    if (values.json !== "") writeFileSync(values.json, `${JSON.stringify(measured, undefined, 2)}\n`)
  }
} finally {
  const left = stack.remove()
  rmSync(folder, { recursive: true, force: true })
  for (const what of left) console.error(`Remove this yourself: ${what}`)
  if (left.length > 0) process.exitCode = 1
}

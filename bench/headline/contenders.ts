/**
 * The functions of the headline bench, each in an environment of local Lambda: without the extension, with each built layer,
 * and with the Go original where Go is installed.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { chmodSync, existsSync, mkdirSync } from "node:fs"
import path from "node:path"
import { LambdaEmulator } from "../../local/lambda/LambdaEmulator.ts"
import { HOST_ARCHITECTURE } from "../../scripts/bun.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { buildOriginal } from "../support/original.ts"
import { freePort } from "../support/processes.ts"
import { WORK } from "../support/subjects.ts"
import type { Sample } from "./figures.ts"

const FUNCTIONS = path.join(import.meta.dirname, "functions")

/** MB, as in the measurement of the original. Local Lambda passes it on but does not slow the CPU down. */
const MEMORY = 512

/** A function, without or with an extension. */
export interface Contender {
  readonly name: string
  readonly handler: "straight.handler" | "cached.handler"
  readonly extensionsFolder: string | undefined
}

/** An invocation failed, or was not what it should measure. */
export class HeadlineFailed extends Schema.TaggedError<HeadlineFailed>()("HeadlineFailed", {
  message: Schema.String,
}) {}

/** What both functions answer. `hit`: whether the read was served from memory, if the reply says so. */
const Answer = Schema.fromJsonString(
  Schema.Struct({ milliseconds: Schema.Finite, hit: Schema.NullOr(Schema.Boolean) }),
)

/** The executable alone in a folder, as Lambda expects it. */
const originalExtensions = (): string | undefined => {
  const folder = path.join(WORK, "headline/extensions")
  mkdirSync(folder, { recursive: true })
  const executable = path.join(folder, "cache-extension-demo")
  if (buildOriginal(executable) !== undefined) return undefined
  chmodSync(executable, 0o755)
  return folder
}

/** What can be measured on this machine. The function without an extension comes first. */
export const contenders = (): ReadonlyArray<Contender> => {
  const layers = [
    ["extension, standalone layer", HOST_ARCHITECTURE],
    ["extension, Node layer", "node"],
  ] as const
  const built = layers.flatMap(([name, tree]) => {
    const folder = path.join(ROOT, "dist", tree ?? "none", "extensions")
    return existsSync(folder) ? [{ name, folder }] : []
  })
  const original = originalExtensions()
  return [
    { name: "AWS at each invocation", handler: "straight.handler", extensionsFolder: undefined },
    ...[...built, ...(original === undefined ? [] : [{ name: "Go original", folder: original }])].map(
      ({ folder, name }) => ({
        name,
        handler: "cached.handler" as const,
        extensionsFolder: folder,
      }),
    ),
  ]
}

const sampleOf = Effect.fnUntraced(function* (contender: Contender, lambda: LambdaEmulator["Service"]) {
  const { durations, functionError, payload } = yield* lambda.invoke({})
  if (functionError !== undefined)
    return yield* new HeadlineFailed({ message: `${contender.name}: ${functionError.message}` })
  const { hit, milliseconds } = yield* Schema.decodeUnknownEffect(Answer)(payload)
  return { hit, sample: { duration: durations.total, read: milliseconds } satisfies Sample }
})

/** Starts the environment. The effect that it returns sends `count` asynchronous invocations and waits for all of them. */
export const startContender = Effect.fnUntraced(function* (contender: Contender, endpoint: string) {
  const port = yield* Effect.promise(freePort)
  const lambda = yield* LambdaEmulator.make({
    function: { kind: "node", taskRoot: FUNCTIONS, handler: contender.handler },
    functionName: "headline",
    memorySize: MEMORY,
    ...(contender.extensionsFolder === undefined ? {} : { extensionsFolder: contender.extensionsFolder }),
    region: "us-west-2",
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      CACHE_EXTENSION_PORT: String(port),
      CACHE_EXTENSION_CONFIG: path.join(FUNCTIONS, "config.yaml"),
    },
  })
  yield* lambda.init
  // Lambda queues asynchronous invocations, and an environment takes one after another.
  return Effect.fnUntraced(function* (count: number, warm: boolean) {
    const results = yield* Effect.forEach(Array.from({ length: count }), () => sampleOf(contender, lambda), {
      concurrency: "unbounded",
    })
    const missed = results.filter(({ hit }) => hit === false).length
    if (warm && missed > 0)
      return yield* new HeadlineFailed({ message: `${contender.name}: ${missed} reads were not from memory` })
    return results.map(({ sample }) => sample)
  })
})

/**
 * The smallest function: the extension, its cache full up to the default bound, and a Python function together have 128 MB.
 * A control group enforces the limit, as Lambda does.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync } from "node:fs"
import path from "node:path"
import { defaultMaxBytes } from "../../src/config/limits.ts"
import { EXTENSION, makeEnvironment, onEachArtifact } from "../support/extension.ts"
import { folderOf, python3 } from "../support/lambda.ts"
import { cannotLimitMemory, limitMemory } from "../support/memoryLimit.ts"
import { skipped } from "../support/skipped.ts"

const MEMORY = 128
const FIXTURES = path.resolve(import.meta.dirname, "fixtures")
const PYTHON_RUNTIME = path.resolve(import.meta.dirname, "../sam/fixtures/python-runtime.py")

const python = python3()
const unable = cannotLimitMemory ?? (python === undefined ? "there is no python3" : undefined)

const MAX_BYTES = defaultMaxBytes(MEMORY)
/** Near the most that a secret may have, so that few calls fill the cache. */
const SIZE = 60_000
/** More than fit, so that the cache is full. */
const NAMES = Array.from({ length: Math.ceil(MAX_BYTES / SIZE) }, (_, index) => `secret-${index}`)
const LANES = 8
const CONFIG = "on_demand: allow\ncache: { ttl: 1h, forced_refresh_interval: 0s }\n"
const SEED = { secrets: NAMES.map((name) => ({ name, value: name.padEnd(SIZE, "x") })) }

/** In milliseconds: a busy machine takes ten times what a quiet one does. */
const TIMEOUT = 180_000

const FIRST = {}
const ANEW = { "cache-control": "no-cache" }

onEachArtifact("in a function of 128 MB the extension", (artifact) => {
  it.effect.skipIf(unable !== undefined)(
    `fills its cache to the default bound and refreshes it, beside a Python function${skipped(unable !== undefined, `because ${unable}`)}`,
    () =>
      Effect.gen(function* () {
        const limit = yield* limitMemory(MEMORY)
        const script = (command: string) => `#!/bin/sh\n${limit.enter}\nexec ${command}\n`
        const folder = yield* folderOf({
          [`extensions/${EXTENSION}`]: script(path.join(artifact.extensionsFolder, EXTENSION)),
          bootstrap: script(`${python} ${PYTHON_RUNTIME}`),
        })
        chmodSync(path.join(folder, "extensions", EXTENSION), 0o755)
        chmodSync(path.join(folder, "bootstrap"), 0o755)
        const { ask, lambda } = yield* makeEnvironment({
          artifact: { ...artifact, extensionsFolder: path.join(folder, "extensions") },
          config: CONFIG,
          seed: SEED,
          lambda: {
            memorySize: MEMORY,
            timeout: "60 seconds",
            freeze: false,
            function: {
              kind: "command",
              command: path.join(folder, "bootstrap"),
              taskRoot: FIXTURES,
              handler: "memory.handler",
            },
          },
        })
        yield* lambda.init
        for (const headers of [FIRST, ANEW]) {
          const { functionError, payload } = yield* lambda.invoke({ names: NAMES, headers, lanes: LANES })
          assert.deepStrictEqual(
            { functionError, read: JSON.parse(payload ?? "null") as unknown },
            { functionError: undefined, read: { count: NAMES.length, size: NAMES.length * SIZE } },
          )
        }
        const { text } = yield* ask("/metrics")
        const bytes = Number(/^cache_extension_bytes (\S+)/m.exec(text)?.[1])
        assert.isAbove(bytes, MAX_BYTES * 0.95)
        assert.strictEqual(limit.ended(), 0)
      }),
    TIMEOUT,
  )
})

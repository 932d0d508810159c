/**
 * Watching files: that it can be ended at any moment, and what it reports.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { fileChanges } from "../../../cli/dev/watchFiles.ts"
import { folderOf } from "../../support/lambda.ts"

describe("the watch of files", () => {
  it.live("ends at once with Ctrl-C, also while it still reads the folder", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "index.mjs": "" })
      let isReady = false
      const changes = fileChanges(
        [folder],
        Effect.sync(() => {
          isReady = true
        }),
      )
      const fiber = yield* Effect.forkChild(Stream.runDrain(changes), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.isFalse(isReady)
    }).pipe(Effect.scoped),
  )

  it.live("reports a file that changes once it is ready", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({ "index.mjs": "" })
      const ready = yield* Deferred.make<void>()
      const first = fileChanges([folder], Deferred.succeed(ready, undefined)).pipe(Stream.runHead)
      const fiber = yield* Effect.forkChild(first)
      yield* Deferred.await(ready)
      const file = path.join(folder, "index.mjs")
      writeFileSync(file, "changed")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).valueOrUndefined, [file])
    }).pipe(Effect.scoped),
  )
})

/**
 * Tells which files have changed: of the function's folder, config.yaml and the seed. Editors and builds write in bursts, so
 * changes that follow each other closely come together.
 */
import { watch } from "chokidar"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import path from "node:path"

/** Folders and files that nobody edits: dependencies, version control, caches, what editors leave while they save. */
const IGNORED =
  /(?:^|[\\/])(?:node_modules|\.git|\.venv|venv|__pycache__|\.mypy_cache|\.pytest_cache|\.DS_Store)$|(?:\.pyc|\.swp|\.swx|~)$/

const BURST = "150 millis"
const MAX_BURST = 1_000

/** The absolute paths of changed, added and removed files, burst by burst. Watching begins with the stream. */
export const fileChanges = (
  paths: ReadonlyArray<string>,
  onReady: Effect.Effect<void> = Effect.void,
): Stream.Stream<ReadonlyArray<string>> =>
  Stream.callback<string>(
    Effect.fnUntraced(function* (queue) {
      const watcher = yield* Effect.acquireRelease(
        Effect.sync(() =>
          watch([...paths], {
            ignored: (file) => !paths.includes(file) && IGNORED.test(file),
            ignoreInitial: true,
            // An editor that replaces a file is one change.
            atomic: true,
          }),
        ),
        (watcher) => Effect.promise(() => watcher.close()),
      )
      watcher.on("all", (event, file) => {
        if (!event.endsWith("Dir")) Queue.offerUnsafe(queue, path.resolve(file))
      })
      // A file that cannot be watched restarts nothing; everything else still does.
      watcher.on("error", () => undefined)
      // Reading a large folder takes seconds, in which Ctrl-C must still end the command.
      yield* Effect.callback<void>((resume) => void watcher.once("ready", () => resume(Effect.void)))
      yield* onReady
    }),
  ).pipe(
    Stream.groupedWithin(MAX_BURST, BURST),
    Stream.map((files) => [...new Set(files)]),
    Stream.filter((files) => files.length > 0),
  )

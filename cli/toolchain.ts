/**
 * The programs that the command line needs and does not contain: Bun, to compile the executables, and a Node that can run the
 * extension if this one is too old.
 *
 * Each is a package of the npm registry, pinned by version and integrity in package-lock.json. It is taken from node_modules
 * where npm has installed it (in the clone), else fetched by npm once, into the user's cache folder.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { homedir } from "node:os"
import path from "node:path"
import process from "node:process"
import { type Architecture, BUNS, HOST_ARCHITECTURE } from "../scripts/bun.ts"
import { packageAt } from "../scripts/lock.ts"
import { fetchPackage } from "../scripts/npmPackage.ts"
import { OLDEST_NODE } from "../scripts/oldestNode.mjs"
import { ROOT } from "../scripts/root.ts"
import { CommandFailed } from "./failures.ts"
import { whileWaiting } from "./progress.ts"

/** Where fetched programs are kept: https://specifications.freedesktop.org/basedir-spec/latest/ */
export const cacheFolder = (env: Readonly<Record<string, string | undefined>> = process.env): string => {
  const base = env["XDG_CACHE_HOME"]
  const root = base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), ".cache")
  return path.join(root, "lambda-cache-extension")
}

interface Tool {
  /** As messages name it. */
  readonly title: string
  readonly packageName: string
  /** The program inside its package. */
  readonly file: string
  /** What to do if it cannot be fetched. */
  readonly otherwise: string
}

const OFFLINE =
  "npm fetches it from the registry that `npm config get registry` shows, through npm's own proxy settings"

/** How long a fetch may take: 100 MB at 170 kB/s. */
const FETCH_LIMIT = Duration.minutes(10)

/** Runs a fetch within a limit of time. If it is interrupted, it waits until the fetch has removed what it wrote. */
export const fetchWithin = (
  limit: Duration.Duration,
  fetch: (signal: AbortSignal) => Promise<void>,
): Effect.Effect<void, string> =>
  Effect.callback<void, string>((resume, signal) => {
    const fetching = fetch(signal).then(
      () => resume(Effect.void),
      (cause: unknown) => resume(Effect.fail(cause instanceof Error ? cause.message : String(cause))),
    )
    return Effect.promise(() => fetching)
  }).pipe(
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => Effect.fail(`it took longer than ${Duration.format(limit)}`),
    }),
  )

/** The program of a package: the installed one, else the one in the cache, else a fetched one. */
const executable = ({ file, otherwise, packageName, title }: Tool): Effect.Effect<string, CommandFailed> =>
  Effect.gen(function* () {
    const installed = path.join(ROOT, "node_modules", packageName, file)
    if (existsSync(installed)) return installed
    const pinned = packageAt(`node_modules/${packageName}`)
    const name = `${title} ${pinned.version}`
    const folder = path.join(cacheFolder(), packageName.replace("/", "-"), pinned.version)
    const program = path.join(folder, file)
    if (existsSync(program)) return program
    yield* whileWaiting(
      `Fetching ${name} from the npm registry, once, into ${folder} (${Duration.format(FETCH_LIMIT)} at most)`,
      fetchWithin(FETCH_LIMIT, (signal) => fetchPackage(pinned, folder, { signal })).pipe(
        Effect.mapError(
          (why) =>
            new CommandFailed({
              reason: `${name} (${packageName}) could not be fetched: ${why}. ${OFFLINE}. ${otherwise}`,
            }),
        ),
      ),
    )
    return program
  })

const bunTool = (architecture: Architecture): Tool => ({
  title: "Bun",
  packageName: BUNS[architecture].packageName,
  file: "bin/bun",
  otherwise: "The layer for Node.js needs no Bun: `layer node`.",
})

/** The Bun for an architecture, to embed into its executable. */
export const bunFor = (architecture: Architecture): Effect.Effect<string, CommandFailed> =>
  executable(bunTool(architecture))

/** The Bun that runs on this machine and compiles. */
export const compilerBun: Effect.Effect<string, CommandFailed> = Effect.suspend(() =>
  HOST_ARCHITECTURE === undefined
    ? new CommandFailed({
        reason:
          `The executables are compiled on Linux (x64 or arm64); this is ${process.platform}-${process.arch}. ` +
          "Run the command in a Linux container or in CI. The layer for Node.js is built anywhere: `layer node`.",
      })
    : bunFor(HOST_ARCHITECTURE),
)

/** Whether a version of Node can run the extension and its tools. */
export const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
}

/** A Node that can run the extension: this one if it is new enough, else a fetched one. */
export const nodeExecutable: Effect.Effect<string, CommandFailed> = Effect.suspend(() => {
  if (isNewEnough(process.versions.node)) return Effect.succeed(process.execPath)
  const advice = `Or install Node ${OLDEST_NODE.join(".")} or newer.`
  if (HOST_ARCHITECTURE === undefined)
    return new CommandFailed({
      reason: `The extension needs Node ${OLDEST_NODE.join(".")} or newer; this is Node ${process.versions.node} on ${process.platform}-${process.arch}. Install a newer one from https://nodejs.org.`,
    })
  const packageName = `node-linux-${BUNS[HOST_ARCHITECTURE].nodeArch}`
  return executable({ title: "Node", packageName, file: "bin/node", otherwise: advice })
})

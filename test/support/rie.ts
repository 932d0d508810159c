/**
 * AWS's own emulator of Lambda, the Runtime Interface Emulator (RIE), where a machine has it: a peer that this project did not
 * write. It finds extensions in /opt/extensions and the function in /var/task, as Lambda does, so it runs in a mount namespace of
 * its own, in which these folders are the test's. `unshare` makes one without privileges.
 */
import { Context, Effect, Layer } from "effect"
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { LOCAL_CREDENTIALS, seedFrom, type Seed } from "../../local/aws/seed.ts"
import { REGION } from "./aws.ts"
import type { Artifact } from "./extension.ts"
import { freePort } from "./extensionHttp.ts"
import { folderOf, python3, raw } from "./lambda.ts"
import { type Program, startProgram } from "./program.ts"
import { ROOT } from "../docs/markdown.ts"
import { isOnPath } from "../sam/onPath.ts"

const RIE = "aws-lambda-rie"

/** As Managed Instances, the emulator starts extension and function as other users. */
export const isRoot = process.getuid?.() === 0

/** New namespaces for mounts and processes; whatever runs in them ends with `unshare`. */
const NAMESPACES = [
  ...(isRoot ? [] : ["--user", "--map-root-user"]),
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
]

const runs = (command: string, ...args: ReadonlyArray<string>) => spawnSync(command, args).status === 0

/** Why the emulator cannot run here; undefined if it can. */
export const unableToRunRie: string | undefined = !isOnPath(RIE)
  ? `without ${RIE} on PATH`
  : !existsSync("/opt") || !runs("unshare", ...NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/var")
    ? "where unshare may not mount over /opt and /var"
    : undefined

/** The runtime client of AWS for Node, and that for Python if `python3` on PATH has the package awslambdaric. */
export const RUNTIME_CLIENTS = {
  node: [process.execPath, path.join(ROOT, "dist/runtimes/node.mjs")],
  python: ((python) =>
    python !== undefined && runs(python, "-c", "import awslambdaric")
      ? [python, "-m", "awslambdaric"]
      : undefined)(python3()),
} as const

/** Starts what it is given, with the test's folders in their places. */
const INSIDE = `set -e
mount --bind "$1" /opt
mount -t tmpfs tmpfs /var
mkdir /var/task /var/runtime
mount --bind "$2" /var/task
mount --bind "$3" /var/runtime
cd /var/task
shift 3
exec "$@"`

/** As in AWS's images: the wrapper, if there is one, starts the runtime. */
const BOOTSTRAP = `#!/bin/sh
exec $AWS_LAMBDA_EXEC_WRAPPER $RUNTIME_COMMAND
`

export interface RieOptions {
  readonly artifact: Artifact
  /** The runtime's client. */
  readonly client: ReadonlyArray<string>
  readonly handler: string
  /** The function's package: name to text. */
  readonly files: Readonly<Record<string, string>>
  readonly seed: Seed
  readonly variables?: Readonly<Record<string, string>>
}

export interface Rie {
  readonly program: Program
  readonly aws: AwsEmulator["Service"]
  /** Invokes the function; the answer as text. The first invoke starts extension and runtime. */
  readonly invoke: (event: unknown) => Effect.Effect<string>
  /** Has Lambda's part end the environment: the extension gets SHUTDOWN. */
  readonly shutdown: Effect.Effect<void>
}

/** The emulator with a function and the extension, on a local AWS. It ends with the scope. */
export const startRie = Effect.fnUntraced(function* (options: RieOptions) {
  const { artifact, client, files, handler, seed, variables } = options
  const aws = Context.get(yield* Layer.build(Layer.fresh(AwsEmulator.layer())), AwsEmulator)
  yield* seedFrom(aws.endpoint, { region: REGION, ...seed })
  yield* aws.calls.clear
  const task = yield* folderOf(files)
  const runtime = yield* folderOf({ bootstrap: BOOTSTRAP })
  for (const file of [task, runtime, path.join(runtime, "bootstrap")]) chmodSync(file, 0o755)
  const address = `127.0.0.1:${yield* freePort}`
  const program = yield* startProgram(
    [
      ...NAMESPACES,
      "sh",
      "-c",
      INSIDE,
      "sh",
      path.dirname(artifact.extensionsFolder),
      task,
      runtime,
      RIE,
      "--runtime-interface-emulator-address",
      address,
      "--runtime-api-address",
      `127.0.0.1:${yield* freePort}`,
    ],
    {
      command: "unshare",
      variables: {
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
        AWS_SESSION_TOKEN: "local",
        CACHE_EXTENSION_PORT: String(yield* freePort),
        PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}`,
        RUNTIME_COMMAND: [...client, handler].join(" "),
        // AWS's images set these.
        LAMBDA_TASK_ROOT: "/var/task",
        LAMBDA_RUNTIME_DIR: "/var/runtime",
        _HANDLER: handler,
        ...variables,
      },
    },
  )
  // It prints nothing once it listens.
  const invoke = (event: unknown) =>
    raw(address, "POST", "/2015-03-31/functions/function/invocations", { body: JSON.stringify(event) }).pipe(
      Effect.map(({ text }) => text),
      Effect.eventually,
    )
  const shutdown = Effect.sync(() => {
    const { pid } = program.child
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ")
    process.kill(Number(child), "SIGTERM")
  })
  return { program, aws, invoke, shutdown } satisfies Rie
}, Effect.orDie)

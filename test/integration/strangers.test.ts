/**
 * Somebody else in the place of those whom the extension asks: no redirect is followed, no body without end is read, no
 * packed body is unpacked. Every request that the extension makes, on each artifact.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import process from "node:process"
import { KINDS, kinds } from "../../src/kinds/kinds.ts"
import { replyLimit } from "../../src/aws/replyLimits.ts"
import {
  type Artifact,
  EXTENSION,
  onEachArtifact,
  programOf,
  startEnvironment,
} from "../support/extension.ts"
import { freePort } from "../support/extensionHttp.ts"
import { eventually, HAS_PROC } from "../support/lambda.ts"
import { servePacked, serveRedirect, serveWithoutEnd } from "../support/strangers.ts"

const CONFIG = `
parameters:
  - names: [A]
secrets:
  - names: [S]
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
appconfig:
  - { application: shop, environment: prod, profile: flags }
cache: { read_budget: 8s }
`

/** For replies that come at once: a read that fails is tried again for half of its budget. */
const SHORT_CONFIG = CONFIG.replace("8s", "4s")

/** A read of each service, and of what goes through STS. */
const READS = [
  "/parameters?name=A",
  "/secrets?name=S",
  "/dynamodb?name=Things-one",
  "/appconfig?name=shop%2Fprod%2Fflags",
] as const

const AS_ROLE = `parameters:\n  - names: [A]\n    role_arn: arn:aws:iam::123456789012:role/reader\n`

const MIB = 1_024 * 1_024

/** What the system, and a runtime's own thread, take from a sender before the receiver drops the connection on a busy machine. */
const IN_FLIGHT = 64 * MIB

/** What a process may occupy at most while it refuses bodies, in kilobytes. */
const MOST_MEMORY = 400_000

const STATUSES = [301, 302, 303, 307, 308]

/** What whoever follows a redirect would take for a value. */
const BAIT = JSON.stringify({ Parameter: { Name: "A", Value: "bait", Version: 1 }, SecretString: "bait" })

const KEYS = JSON.stringify({
  AccessKeyId: "AKIA",
  SecretAccessKey: "bait",
  Token: "bait",
  Expiration: "2099-01-01T00:00:00Z",
})

onEachArtifact("a redirect", (artifact) => {
  it.live.each(STATUSES)("of an AWS service is followed by none of the four: %s", (status) =>
    Effect.gen(function* () {
      const { address, asked, followed } = yield* serveRedirect(status, BAIT)
      const { ask } = yield* startEnvironment({
        artifact,
        config: SHORT_CONFIG,
        endpointOf: () => `http://${address}`,
      })
      const answers = yield* Effect.forEach(READS, (target) => ask(target), { concurrency: "unbounded" })
      for (const { status: said, text } of answers) {
        assert.strictEqual(said, 502, text)
        assert.include(text, `status ${status}: redirects are not followed`)
      }
      assert.isAtLeast(asked(), READS.length)
      assert.strictEqual(followed(), 0)
    }),
  )

  it.live("of STS is not followed", () =>
    Effect.gen(function* () {
      const { address, asked, followed } = yield* serveRedirect(302)
      const variables = { AWS_ENDPOINT_URL_STS: `http://${address}` }
      const { ask } = yield* startEnvironment({ artifact, config: AS_ROLE, variables })
      assert.strictEqual((yield* ask(READS[0])).status, 502)
      assert.isAtLeast(asked(), 1)
      assert.strictEqual(followed(), 0)
    }),
  )

  it.live("of the credentials' endpoint is not followed, and the read says so", () =>
    Effect.gen(function* () {
      const { address, asked, followed } = yield* serveRedirect(307, KEYS)
      const variables = {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${address}/credentials?token=canary`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: "canary",
      }
      const { ask, lines } = yield* startEnvironment({ artifact, config: CONFIG, variables })
      const { text } = yield* ask(READS[0])
      assert.include(text, "the container's credentials endpoint answered 307")
      assert.isAtLeast(asked(), 1)
      assert.strictEqual(followed(), 0)
      assert.notInclude([text, ...lines()].join("\n"), "canary")
    }),
  )

  it.live("of a collector of spans is not followed", () =>
    Effect.gen(function* () {
      const { address, asked, followed } = yield* serveRedirect(302)
      const variables = { CACHE_EXTENSION_OTLP_ENDPOINT: `http://${address}` }
      const { ask, lines } = yield* startEnvironment({ artifact, config: CONFIG, variables })
      yield* ask(READS[0])
      yield* eventually(() => lines().some((line) => line.includes("and are dropped: status 302")))
      assert.isAtLeast(asked(), 1)
      assert.strictEqual(followed(), 0)
    }),
  )

  /** Runs the program against a stranger in the place of Lambda's API until it ends. */
  const runBeside = Effect.fnUntraced(function* (artifact: Artifact, address: string) {
    const [command = "", ...args] = [...programOf(artifact), EXTENSION]
    const env = {
      PATH: process.env["PATH"],
      AWS_LAMBDA_RUNTIME_API: address,
      CACHE_EXTENSION_PORT: String(yield* freePort),
    }
    const child = spawn(command, args, { env })
    yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
    let printed = ""
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (printed += text))
    const [code] = yield* Effect.promise(() => once(child, "close") as Promise<[number | null]>)
    return { code, printed }
  })

  it.live("of Lambda's own API is not followed: the extension ends, and says why", () =>
    Effect.gen(function* () {
      const { address, asked, followed } = yield* serveRedirect(307)
      const { code, printed } = yield* runBeside(artifact, address)
      assert.strictEqual(code, 1)
      assert.include(printed, "register: status 307")
      assert.strictEqual(asked(), 1)
      assert.strictEqual(followed(), 0)
    }),
  )

  it.live("is not needed for a body of Lambda's own API without end to end the extension", () =>
    Effect.gen(function* () {
      const { address, most } = yield* serveWithoutEnd()
      const { code } = yield* runBeside(artifact, address)
      assert.strictEqual(code, 1)
      assert.isBelow(most(), IN_FLIGHT)
    }),
  )
})

const LONGEST = Math.max(
  ...KINDS.flatMap((kind) => kinds[kind].service.aws ?? []).flatMap((service) =>
    ["GetParameter", "GetSecretValue", "GetItem", "GetLatestConfiguration"].map((operation) =>
      replyLimit(service, operation),
    ),
  ),
)

/** The most memory that a process has occupied so far, in kilobytes. */
const peakOf = (pid: number): number =>
  Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])

onEachArtifact("a body without end", (artifact) => {
  it.live.skipIf(!HAS_PROC)(
    "from an AWS service is dropped where it is longer than any reply, and memory stays small",
    () =>
      Effect.gen(function* () {
        const { address, most } = yield* serveWithoutEnd()
        const { ask, lambda } = yield* startEnvironment({
          artifact,
          config: CONFIG,
          endpointOf: () => `http://${address}`,
        })
        const answers = yield* Effect.forEach(READS, (target) => ask(target), { concurrency: "unbounded" })
        for (const { status, text } of answers) {
          assert.strictEqual(status, 502, text)
          assert.include(text, "longer than the")
        }
        assert.isBelow(most(), LONGEST + IN_FLIGHT)
        const [extension] = yield* lambda.processes
        assert.isBelow(peakOf(extension?.pid ?? 0), MOST_MEMORY)
      }),
  )

  it.live.each([
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_ENDPOINT_URL_STS",
    "CACHE_EXTENSION_OTLP_ENDPOINT",
  ])("is dropped from where %s leads, too", (variable) =>
    Effect.gen(function* () {
      const { address, most } = yield* serveWithoutEnd()
      const { ask } = yield* startEnvironment({
        artifact,
        config: AS_ROLE,
        variables: { [variable]: `http://${address}` },
      })
      yield* ask(READS[0])
      yield* eventually(() => most() > 0)
      yield* ask(READS[0])
      assert.isBelow(most(), IN_FLIGHT)
    }),
  )
})

onEachArtifact("a packed body", (artifact) => {
  it.live("that nobody asked for is not unpacked", () =>
    Effect.gen(function* () {
      const address = yield* servePacked(64 * MIB)
      const { ask } = yield* startEnvironment({
        artifact,
        config: SHORT_CONFIG,
        endpointOf: () => `http://${address}`,
      })
      const answers = yield* Effect.forEach(READS, (target) => ask(target), { concurrency: "unbounded" })
      for (const { status, text } of answers) {
        assert.strictEqual(status, 502)
        assert.include(text, "the body is encoded")
      }
    }),
  )
})

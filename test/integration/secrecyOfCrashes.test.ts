/**
 * Nothing secret leaves the built extension when something goes wrong in itself: an exception that nobody caught, a broken
 * Extensions API, credentials that cannot be read, a configuration that cannot be used. And the search that says so can
 * fail: it finds a leak that is planted on purpose.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import path from "node:path"
import { isEvent } from "../../local/lambda/events.ts"
import { findLeaks, type Output } from "../support/canaries.ts"
import { CREDENTIALS, SECRETS } from "../support/canarySeed.ts"
import {
  askEverything,
  filesIn,
  plant,
  processOutputs,
  reportsOf,
  untilWell,
  VERBOSE,
} from "../support/canaryWorld.ts"
import { type Artifact, EXTENSION, isOnNode, onEachArtifact, programOf } from "../support/extension.ts"
import { ACCEPTED, type ApiReply, launchBare, refusal, REGISTERED } from "../support/extensionApi.ts"
import { serveAnswer } from "../support/extensionAws.ts"
import { extensionsFolder, folderOf } from "../support/lambda.ts"

const [VALUE = ""] = SECRETS.map(({ text }) => text)

/** The extension with a script that its runtime runs first: a stand-in for a bug. Without the launcher, which forbids that. */
const withBug = Effect.fnUntraced(function* (artifact: Artifact, bug: string) {
  const script = path.join(yield* folderOf({ "bug.cjs": bug }), "bug.cjs")
  const variable = isOnNode(artifact)
    ? `NODE_OPTIONS="--require ${script}"`
    : `BUN_OPTIONS="--preload ${script}"`
  const command = [...programOf(artifact), EXTENSION].join(" ")
  const folder = yield* extensionsFolder({
    [EXTENSION]: { script: `#!/bin/sh\n${variable} exec ${command}\n` },
  })
  return { ...artifact, extensionsFolder: folder }
})

/** What a bug might throw: a secret in each place of an error. */
const ERROR = `Object.assign(new TypeError("${VALUE}\\n    at ${VALUE}", { cause: new Error("${VALUE}") }), {
  code: "ERR_ODD", value: "${VALUE}", $response: { body: "${VALUE}" },
})`

/** Happens at SIGUSR2. */
const atSignal = (statement: string): string => `process.once("SIGUSR2", () => { ${statement} })`

const NOT_CAUGHT = /ERROR an exception that nobody caught: TypeError ERR_ODD at /

const logOf = (outputs: ReadonlyArray<Output>): string => outputs.map(({ text }) => text).join("\n")

onEachArtifact("no secret leaves the extension", (artifact) => {
  it.live.each<readonly [string, string]>([
    ["an exception that nobody caught", `throw ${ERROR}`],
    ["a rejection that nobody handles", `void Promise.reject(${ERROR})`],
  ])("by %s: the log has its kind and its place", ([, statement]) =>
    Effect.gen(function* () {
      const { environment, folder } = yield* plant(yield* withBug(artifact, atSignal(statement)), {
        preload: true,
      })
      yield* environment.lambda.init
      yield* environment.lambda.signal(EXTENSION, "SIGUSR2")
      const { code } = yield* environment.lambda.events.waitFor(isEvent("exited"))
      // What a process has printed may be read after its exit.
      yield* environment.lambda.logs.waitFor(({ line }) => NOT_CAUGHT.test(line))
      const outputs = [...reportsOf(environment), ...filesIn(folder)]
      assert.strictEqual(code, 1)
      assert.match(logOf(outputs), NOT_CAUGHT)
      assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
    }),
  )

  it.live.each<readonly [string, ApiReply]>([
    ["answers an event that is none", { status: 200, body: '{"eventType":"ODD"' }],
    ["answers nothing", { status: 200, body: "" }],
    ["fails", refusal(500, "Extension.ServiceError")],
    ["refuses", refusal(403, "Extension.UnknownExtensionIdentifier")],
    ["resets the connection", "reset"],
  ])("when the Extensions API %s: the report says what it was", ([, reply]) =>
    Effect.gen(function* () {
      const { environment } = yield* plant(artifact)
      const script = ({ path: asked }: { readonly path: string }) =>
        Effect.succeed(asked === "/register" ? REGISTERED : asked === "/event/next" ? reply : ACCEPTED)
      const bare = yield* launchBare(artifact, script, {
        ...VERBOSE,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
        AWS_ENDPOINT_URL: environment.aws.endpoint,
        CACHE_EXTENSION_CONFIG: environment.configFile,
        CACHE_EXTENSION_INIT_STARTUP: "true",
      })
      assert.strictEqual((yield* bare.exit).code, 1)
      const requests = bare.requests.all()
      assert.isTrue(requests.some((request) => request.path === "/exit/error"))
      const outputs = [
        { where: "the log", text: bare.lines().join("\n") },
        { where: "requests to the Extensions API", text: JSON.stringify(requests) },
      ]
      assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
    }),
  )

  it.live("before, at and after a snapshot, with credentials from the container's endpoint", () =>
    Effect.gen(function* () {
      const lambda = { initializationType: "snap-start" } as const
      const { environment, folder } = yield* plant(artifact, { preload: true, variables: VERBOSE, lambda })
      yield* environment.lambda.init
      yield* untilWell(environment)
      const answers = [...(yield* askEverything(environment)), ...(yield* askEverything(environment))]
      assert.match(answers.map(({ where }) => where).join(), /answer 200 to GET \/secrets/)
      const ofProcess = yield* processOutputs(environment)
      yield* environment.lambda.shutdown()
      const outputs = [...answers, ...ofProcess, ...reportsOf(environment), ...filesIn(folder)]
      assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
    }),
  )

  it.live("when the container's endpoint of credentials answers something else", () =>
    Effect.gen(function* () {
      const broken = `{"AccessKeyId":"A","SecretAccessKey":"${CREDENTIALS.secretAccessKey}","Token":"${CREDENTIALS.sessionToken}`
      const { environment } = yield* plant(artifact, {
        preload: true,
        variables: { ...VERBOSE, AWS_CONTAINER_CREDENTIALS_FULL_URI: yield* serveAnswer(broken) },
      })
      yield* environment.lambda.init
      const answers = yield* askEverything(environment)
      yield* environment.lambda.shutdown()
      const outputs = [...answers, ...reportsOf(environment)]
      assert.include(logOf(outputs), "the container's credentials endpoint sent no credentials")
      assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
    }),
  )

  it.live("by the report of a configuration that cannot be used", () =>
    Effect.gen(function* () {
      const { environment } = yield* plant(artifact, {
        variables: { ...VERBOSE, CACHE_EXTENSION_TTL: "soon", CACHE_EXTENSION_CONFIG: "/no/such/file" },
      })
      yield* Effect.flip(environment.lambda.init)
      const outputs = reportsOf(environment)
      assert.include(logOf(outputs), "CACHE_EXTENSION_TTL")
      assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
    }),
  )

  it.live("unseen: a leak that is planted on purpose is found, in the log and in a file", () =>
    Effect.gen(function* () {
      const token = "Buffer.from(process.env.AWS_SESSION_TOKEN)"
      const bug = [
        `console.error("debugging", ${token}.toString("base64url"))`,
        `require("node:fs").writeFileSync("core", ${token}.toString("hex"))`,
      ]
      const { environment, folder } = yield* plant(yield* withBug(artifact, atSignal(bug.join(";"))))
      yield* environment.lambda.init
      yield* environment.lambda.signal(EXTENSION, "SIGUSR2")
      yield* environment.lambda.logs.waitFor(({ line }) => line.startsWith("debugging"))
      yield* environment.lambda.shutdown()
      assert.deepStrictEqual(findLeaks(SECRETS, [...reportsOf(environment), ...filesIn(folder)]), [
        "session token in the log",
        `session token in ${path.join(folder, "core")}`,
      ])
    }),
  )
})

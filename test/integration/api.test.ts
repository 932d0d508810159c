/**
 * The built extension and the Extensions API when that is not as usual: Managed Instances, INVOKE refused, polls that
 * break, and what it cannot survive, which it reports before it leaves with 1.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { isEvent } from "../../local/lambda/events.ts"
import { EXTENSION, makeEnvironment, onEachArtifact } from "../support/extension.ts"
import {
  ACCEPTED,
  type ApiReply,
  type ApiScript,
  type BareExtension,
  launchBare,
  refusal,
  REGISTERED,
  SHUTDOWN,
} from "../support/extensionApi.ts"
import { ask } from "../support/extensionHttp.ts"

const CLEAN = { code: 0, signal: null }
const FAILED = { code: 1, signal: null }

const INVOKE: ApiReply = {
  status: 200,
  body: JSON.stringify({
    eventType: "INVOKE",
    deadlineMs: 4_102_444_800_000,
    requestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    invokedFunctionArn: "arn:aws:lambda:us-west-2:123456789012:function:f",
  }),
}

/** Registers, then answers the polls by these replies in order; error reports are accepted. */
const polls =
  (...replies: ReadonlyArray<ApiReply>): ApiScript =>
  ({ count, path }) =>
    Effect.succeed(
      path === "/register" ? REGISTERED : path === "/event/next" ? (replies[count - 1] ?? "hang") : ACCEPTED,
    )

const asked = ({ requests }: BareExtension, path: string) =>
  requests.all().filter((request) => request.path === path)

/** The one error report of a path: its header and its body. */
const reportOf = (extension: BareExtension, path: string) => {
  const reports = asked(extension, path)
  assert.strictEqual(reports.length, 1)
  const report = JSON.parse(reports[0]?.body ?? "{}") as Record<string, unknown>
  assert.strictEqual(report["errorType"], reports[0]?.headers["lambda-extension-function-error-type"])
  assert.deepStrictEqual(report["stackTrace"], [])
  return report
}

onEachArtifact("under Managed Instances the extension", (artifact) => {
  it.live("registers for SHUTDOWN alone, and serves invokes that run at the same time", () =>
    Effect.gen(function* () {
      const invokes = 8
      const { aws, lambda } = yield* makeEnvironment({
        artifact,
        config: "parameters:\n  - names: [A]\n",
        seed: { parameters: [{ name: "A", value: "value A" }] },
        latency: 300,
        runtimes: invokes,
        handler: (_event, { read }) => Effect.map(read("parameters", "A"), ({ text }) => text),
        lambda: { initializationType: "lambda-managed-instances" },
      })
      const results = yield* Effect.all(
        Array.from({ length: invokes }, () => lambda.invoke()),
        { concurrency: "unbounded" },
      )
      assert.deepStrictEqual(
        results.map(({ payload }) => payload),
        results.map(() => '"value A"'),
      )
      const registered = yield* lambda.events.waitFor(isEvent("registered"))
      assert.deepStrictEqual(registered.events, ["SHUTDOWN"])
      assert.deepStrictEqual(lambda.events.all().filter(isEvent("refused")), [])
      assert.strictEqual((yield* aws.calls.all).length, 1)
      const { extensions } = yield* lambda.shutdown()
      assert.deepInclude(extensions[0] ?? {}, { ...CLEAN, name: EXTENSION, killed: false })
    }),
  )
})

onEachArtifact("the extension", (artifact) => {
  it.live("registers for SHUTDOWN alone where INVOKE is refused", () =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, (request, port) =>
        request.path === "/register" && request.count === 1
          ? Effect.succeed(refusal(403, "Extension.InvalidEventType"))
          : polls(SHUTDOWN)(request, port),
      )
      assert.deepStrictEqual(yield* extension.exit, CLEAN)
      assert.deepStrictEqual(
        asked(extension, "/register").map(({ body }) => JSON.parse(body) as unknown),
        [{ events: ["INVOKE", "SHUTDOWN"] }, { events: ["SHUTDOWN"] }],
      )
    }),
  )

  it.live("polls again when the connection of a poll is reset", () =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, polls("reset", INVOKE, "reset", "reset", SHUTDOWN))
      assert.deepStrictEqual(yield* extension.exit, CLEAN)
      assert.strictEqual(asked(extension, "/event/next").length, 5)
      assert.deepStrictEqual(asked(extension, "/exit/error"), [])
    }),
  )

  it.live("serves on while a poll goes unanswered", () =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, polls("hang"))
      yield* extension.requests.waitFor(({ path }) => path === "/register")
      assert.deepInclude(yield* ask(extension.port, "/health"), { status: 200, text: "ok" })
    }),
  )

  it.live.each([
    ["a SHUTDOWN without any reason", JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: 1 })],
    [
      "a SHUTDOWN in capitals",
      JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: 1, shutdownReason: "SPINDOWN" }),
    ],
    [
      "a SHUTDOWN with more than is known",
      JSON.stringify({ eventType: "SHUTDOWN", deadlineMs: 1, more: [1] }),
    ],
  ])("understands %s", ([, body]) =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, polls({ status: 200, body: String(body) }))
      assert.deepStrictEqual(yield* extension.exit, CLEAN)
    }),
  )

  it.live("does not poll again after SHUTDOWN", () =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, polls(INVOKE, SHUTDOWN, SHUTDOWN))
      assert.deepStrictEqual(yield* extension.exit, CLEAN)
      assert.strictEqual(asked(extension, "/event/next").length, 2)
    }),
  )

  it.live.each([
    ["answers 500", { status: 500, body: '{"errorType":"InternalServerError"}' }, "status 500"],
    ["refuses the poll", refusal(403, "Extension.InvalidExtensionState"), "Extension.InvalidExtensionState"],
    ["answers something that is no event", { status: 200, body: "<html>" }, "not an event"],
    ["answers an event that is unknown", { status: 200, body: '{"eventType":"PAUSE"}' }, "not an event"],
  ] as const)("reports exit/error and leaves with 1 when event/next %s", ([, reply, words]) =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, polls(INVOKE, reply))
      assert.deepStrictEqual(yield* extension.exit, FAILED)
      const { errorMessage } = reportOf(extension, "/exit/error")
      assert.include(String(errorMessage), "event/next")
      assert.include(String(errorMessage), words)
      assert.include(extension.lines().join("\n"), words)
    }),
  )

  it.live.each([
    ["refused", refusal(403, "Extension.InvalidExtensionName"), "Extension.InvalidExtensionName"],
    ["answered 500", { status: 500, body: "container error" }, "container error"],
    ["reset", "reset", "no answer"],
  ] as const)("says why and leaves with 1 when register is %s", ([, reply, words]) =>
    Effect.gen(function* () {
      const extension = yield* launchBare(artifact, () => Effect.succeed(reply))
      assert.deepStrictEqual(yield* extension.exit, FAILED)
      const line = extension.lines().find((text) => text.includes("register"))
      assert.include(String(line), `[${EXTENSION}] ERROR register: `)
      assert.include(String(line), words)
    }),
  )
})

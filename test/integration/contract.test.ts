/**
 * The built extension keeps to schema/openapi.json: every operation is answered as declared in every way that is
 * declared, and in no other.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import process from "node:process"
import { type Answered, faultsOf, operations } from "../support/contract.ts"
import {
  type Case,
  CASES,
  casesOf,
  answerOnTheWeb,
  CONFIG,
  FAULTS,
  SEED,
  SILENT_WEB_VARIABLE,
  WEB_VARIABLE,
  isUnprovoked,
  WAITING,
} from "../support/contractCases.ts"
import {
  type Environment,
  type EnvironmentOptions,
  EXTENSION,
  makeEnvironment,
  onEachArtifact,
  startEnvironment,
} from "../support/extension.ts"
import { serve } from "../support/webServer.ts"
import { type Answer, ask } from "../support/extensionHttp.ts"
import { converse } from "../support/rawHttp.ts"

interface EverydayShape extends Environment {
  /** The answer to a case. */
  readonly answerTo: (one: Case) => Effect.Effect<Answer>
}

class Everyday extends Context.Service<Everyday, EverydayShape>()("test/Everyday") {}

const nameOf = ({ operation, problem, status, target }: Case): string =>
  `${operation.method} ${target}: ${status}${problem === undefined ? "" : ` ${problem}`}`

/** That an answer is the one that was to be provoked, and as the contract has it. */
const assertAsDeclared = ({ operation, problem, status, target }: Case, answer: Answered): void => {
  assert.strictEqual(answer.status, status, `${operation.method} ${target}: ${answer.text}`)
  assert.deepStrictEqual(faultsOf(operation.method, target, answer), [])
  if (problem === undefined || operation.method === "HEAD") return
  const { type } = JSON.parse(answer.text) as { readonly type: string }
  assert.strictEqual(type, `urn:lambda-cache-extension:problem:${problem}`)
}

const request = (port: number, { headers = {}, operation, target }: Case) =>
  Effect.orDie(ask(port, target, { method: operation.method, headers }))

/** Whether a case is answered only when the read's budget is over. */
const takesLong = ({ problem }: Case): boolean => problem === "throttled" || problem === "aws-too-slow"

/** An environment whose AWS fails by name. The cases that take long are all asked at the start, so that they wait together. */
const startEveryday = Effect.fnUntraced(function* (options: EnvironmentOptions) {
  const web = yield* serve(answerOnTheWeb)
  const silent = yield* serve(() => {})
  const variables = { [WEB_VARIABLE]: web.url, [SILENT_WEB_VARIABLE]: silent.url }
  const environment = yield* startEnvironment({ ...options, variables })
  yield* Effect.forEach(FAULTS, environment.aws.faults.inject)
  const asked = new Map(
    yield* Effect.forEach(casesOf("everyday").filter(takesLong), (one) =>
      Effect.map(
        Effect.forkScoped(request(environment.port, one)),
        (answer): readonly [Case, Fiber.Fiber<Answer>] => [one, answer],
      ),
    ),
  )
  const answerTo = (one: Case) => {
    const answer = asked.get(one)
    return answer === undefined ? request(environment.port, one) : Fiber.join(answer)
  }
  return { ...environment, answerTo }
})

describe("the cases", () => {
  it("provoke every status that is declared", () => {
    const missing = operations.flatMap((operation) =>
      Object.keys(operation.responses)
        .map(Number)
        .filter((status) => !isUnprovoked(operation, status))
        .filter((status) => !CASES.some((one) => one.operation === operation && one.status === status))
        .map((status) => `${operation.method} ${operation.path} ${status}`),
    )
    assert.deepStrictEqual(missing, [])
  })
})

onEachArtifact("as declared", (artifact) => {
  const options = { artifact, config: CONFIG, seed: SEED }

  layer(Layer.effect(Everyday, startEveryday(options)), { excludeTestServices: true })(
    "is answered",
    (it) => {
      it.effect.each(casesOf("everyday").map((one) => [nameOf(one), one] as const))("%s", ([, one]) =>
        Effect.gen(function* () {
          const { answerTo } = yield* Everyday
          assertAsDeclared(one, yield* answerTo(one))
        }),
      )

      it.effect.each([
        ["GET", "/", 404],
        ["GET", "/Parameters?name=ok", 404],
        ["GET", "/parameters/?name=ok", 404],
        ["GET", "//health", 404],
        ["GET", "/%", 404],
        ["GET", `/${"x".repeat(2_000)}`, 404],
        ["POST", "/parameters?name=ok", 405],
        ["PROPFIND", "/health", 405],
        ["DELETE", "/openapi.json", 405],
      ] as const)("%s %s, which is not declared: %i", ([method, target, status]) =>
        Effect.gen(function* () {
          const { ask } = yield* Everyday
          const answer = yield* ask(target, { method })
          assert.strictEqual(answer.status, status)
          assert.deepStrictEqual(faultsOf(method, target, answer), [])
        }),
      )
    },
  )

  it.live("429 while as many requests wait as may", () =>
    Effect.gen(function* () {
      // The read that waits must outlast all the others, however slow this machine is.
      const patient = CONFIG.replace("read_budget: 3s", "read_budget: 60s")
      const config = `${patient}server: { max_concurrent_requests: 1 }\n`
      const { aws, port } = yield* startEnvironment({ ...options, config })
      yield* aws.faults.inject({ effect: { kind: "hang" } })
      const asked = yield* Effect.forkScoped(aws.calls.next(() => true))
      yield* Effect.forkScoped(ask(port, WAITING))
      yield* Fiber.join(asked)
      for (const one of casesOf("busy")) assertAsDeclared(one, yield* request(port, one))
    }),
  )

  it.live("503 at /ready while the load at start-up is under way", () =>
    Effect.gen(function* () {
      const { aws, lambda, port } = yield* makeEnvironment({ ...options, preload: true })
      yield* aws.faults.inject({ effect: { kind: "hang" } })
      yield* Effect.forkScoped(Effect.exit(lambda.init))
      yield* aws.calls.until(() => true)
      for (const one of casesOf("loading")) assertAsDeclared(one, yield* request(port, one))
    }),
  )

  it.live("503 while the environment is shutting down", () =>
    Effect.gen(function* () {
      const { aws, lambda, port } = yield* startEnvironment(options)
      yield* aws.faults.inject({ effect: { kind: "hang" } })
      const asked = yield* Effect.forkScoped(aws.calls.next(() => true))
      // Under way, so that the others get the whole time that there is.
      yield* Effect.forkScoped(Effect.exit(ask(port, WAITING)))
      yield* Fiber.join(asked)
      const cases = casesOf("closing")
      const begun = yield* Effect.forEach(cases, ({ operation, target }) =>
        Effect.tap(converse(port), ({ send }) =>
          send(`${operation.method} ${target} HTTP/1.1\r\nHost: localhost\r\n`),
        ),
      )
      // Answered when what was sent before has been read: a connection without a begun request is closed.
      yield* Effect.orDie(ask(port, "/health"))
      const { pid } = (yield* lambda.processes).find(({ name }) => name === EXTENSION) ?? { pid: 0 }
      yield* Effect.sync(() => process.kill(pid, "SIGTERM"))
      yield* untilClosing(port)
      yield* Effect.forEach(begun, ({ send }) => send("\r\n"))
      for (const [index, { untilClosed }] of begun.entries()) {
        const [answer] = yield* untilClosed
        const one = cases[index]
        assert.isDefined(one)
        assert.isDefined(answer, "no answer")
        if (one !== undefined && answer !== undefined) assertAsDeclared(one, { ...answer, text: answer.body })
      }
    }),
  )
})

/** Until the port answers 503 to whoever comes anew, or refuses the connection. */
const untilClosing = (port: number) =>
  ask(port, "/health").pipe(
    Effect.match({ onSuccess: ({ status }) => status === 503, onFailure: () => true }),
    Effect.repeat({ until: (isClosing) => isClosing }),
  )

/**
 * The emulator as a whole: record of calls, latency, controls over HTTP, TLS, closing.
 *
 * faults.test.ts and protocol.test.ts have the rest.
 */
import { readFileSync } from "node:fs"
import * as Http from "node:http"
import * as Https from "node:https"
import path from "node:path"
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { type Call } from "../../../local/aws/Calls.ts"
import { LOCAL_CREDENTIALS } from "../../../local/aws/seed.ts"
import { awsClients, awsLayer, clientsFor, refusalOf, REGION, sdk } from "../../support/aws.ts"
import { exchange, GET_PARAMETER, signed } from "./wire.ts"
import { best } from "../../support/best.ts"

const put = new PutParameterCommand({ Name: "a", Value: "value", Type: "String" })
const get = new GetParameterCommand({ Name: "a" })
const isGet = ({ operation }: Call) => operation === "GetParameter"

/** An emulator that the test closes. */
const startInScope = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(awsLayer, scope)
  return { aws: Context.get(context, AwsEmulator), close: Scope.close(scope, Exit.void) }
})

describe("the record of calls", () => {
  it.effect("tells service, operation, region, names and access key of each call, in order", () =>
    Effect.gen(function* () {
      const { calls } = yield* AwsEmulator
      const { ssm, secrets } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      yield* refusalOf(() => secrets.send(new GetSecretValueCommand({ SecretId: "s" })))
      const recorded = yield* calls.all
      assert.deepStrictEqual(
        recorded.map(({ service, operation, region, names, accessKeyId }) =>
          [service, operation, region, names.join(), accessKeyId].join(" "),
        ),
        [`ssm PutParameter ${REGION} a local`, `secretsmanager GetSecretValue ${REGION} s local`],
      )
      assert.isAtMost(recorded[0]?.at ?? Infinity, recorded[1]?.at ?? 0)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("lets one wait for a call that has not come yet", () =>
    Effect.gen(function* () {
      const { calls } = yield* AwsEmulator
      const { ssm } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      const waiting = yield* Effect.forkChild(calls.next(isGet), { startImmediately: true })
      yield* sdk(() => ssm.send(get))
      assert.deepStrictEqual((yield* Fiber.join(waiting)).names, ["a"])
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("counts calls on record for one who waits for several", () =>
    Effect.gen(function* () {
      const { calls } = yield* AwsEmulator
      const { ssm } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      yield* sdk(() => ssm.send(get))
      const waiting = yield* Effect.forkChild(calls.until(isGet, 3), { startImmediately: true })
      yield* sdk(() => ssm.send(get))
      assert.isUndefined(waiting.pollUnsafe())
      yield* sdk(() => ssm.send(get))
      assert.strictEqual((yield* Fiber.join(waiting)).length, 3)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("forgets when told to", () =>
    Effect.gen(function* () {
      const { calls } = yield* AwsEmulator
      const { ssm } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      yield* calls.clear
      assert.deepStrictEqual(yield* calls.all, [])
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )
})

describe("the latency", () => {
  it.effect("is added to every call and can be changed while running", () =>
    Effect.gen(function* () {
      const { latency } = yield* AwsEmulator
      const { ssm } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      yield* latency.set("40 millis")
      const start = performance.now()
      yield* sdk(() => ssm.send(get))
      yield* sdk(() => ssm.send(get))
      assert.isAtLeast(performance.now() - start, 78)
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )
})

describe("the control over HTTP", () => {
  const control = (method: string, path: string, body?: unknown) =>
    Effect.flatMap(AwsEmulator, ({ endpoint }) =>
      exchange(endpoint, { method, path, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    ).pipe(Effect.orDie)

  it.effect("injects, lists and removes faults", () =>
    Effect.gen(function* () {
      const { ssm } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      const rule = { operation: "GetParameter", effect: { kind: "error", status: 503, type: "Busy" } }
      const created = yield* control("POST", "/_faults", rule)
      const { id } = JSON.parse(created.body) as { id: string }
      assert.strictEqual(created.status, 201)
      assert.strictEqual((yield* refusalOf(() => ssm.send(get))).status, 503)
      assert.deepStrictEqual(JSON.parse((yield* control("GET", "/_faults")).body), [{ id, hits: 1, rule }])
      assert.strictEqual((yield* control("DELETE", `/_faults/${id}`)).status, 204)
      assert.strictEqual((yield* control("DELETE", `/_faults/${id}`)).status, 404)
      assert.strictEqual((yield* sdk(() => ssm.send(get))).Parameter?.Value, "value")
      yield* control("POST", "/_faults", rule)
      assert.strictEqual((yield* control("DELETE", "/_faults")).status, 204)
      assert.deepStrictEqual(JSON.parse((yield* control("GET", "/_faults")).body), [])
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("says what is wrong with a rule it cannot read", () =>
    Effect.gen(function* () {
      for (const effect of [{ kind: "explode" }, { kind: "delay", duration: "soon" }]) {
        const { status, body } = yield* control("POST", "/_faults", { effect })
        assert.strictEqual(status, 400)
        assert.include(body, "effect")
      }
      assert.strictEqual((yield* control("GET", "/_nothing")).status, 404)
    }).pipe(Effect.provide(awsLayer)),
  )

  it.effect("shows and clears the calls, and is not recorded itself", () =>
    Effect.gen(function* () {
      const { ssm } = yield* awsClients()
      yield* sdk(() => ssm.send(put))
      const shown = JSON.parse((yield* control("GET", "/_calls")).body) as ReadonlyArray<Call>
      assert.deepStrictEqual(
        shown.map(({ operation }) => operation),
        ["PutParameter"],
      )
      yield* control("DELETE", "/_calls")
      assert.strictEqual((yield* control("GET", "/_calls")).body, "[]")
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.effect("reads and sets the latency", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* control("PUT", "/_latency", { millis: 7 })).status, 204)
      assert.strictEqual((yield* control("GET", "/_latency")).body, '{"millis":7}')
    }).pipe(Effect.provide(awsLayer)),
  )
})

describe("the end", () => {
  it.effect("closes at once, with requests that hang and connections that idle", () =>
    Effect.gen(function* () {
      const run = Effect.gen(function* () {
        const { aws, close } = yield* startInScope
        const agent = new Http.Agent({ keepAlive: true })
        const ask = exchange(aws.endpoint, {
          agent,
          headers: signed(GET_PARAMETER, "ssm"),
          body: '{"Name":"a"}',
        })
        yield* ask
        yield* aws.faults.inject({ effect: { kind: "hang" } })
        const hanging = yield* Effect.forkChild(Effect.flip(ask))
        yield* aws.calls.until(isGet, 2)
        const start = performance.now()
        yield* close
        const took = performance.now() - start
        assert.strictEqual((yield* Fiber.join(hanging)).code, "ECONNRESET")
        const refused = yield* Effect.flip(exchange(aws.endpoint, {}))
        assert.strictEqual(refused.code, "ECONNREFUSED")
        agent.destroy()
        return took
      })
      assert.isBelow(yield* best(run, 500), 500)
    }),
  )

  it.effect("says which port it could not have", () =>
    Effect.gen(function* () {
      const { port } = yield* AwsEmulator
      const error = yield* Effect.flip(Effect.scoped(Layer.build(AwsEmulator.layer({ port }))))
      assert.strictEqual(error._tag, "ListenError")
      assert.include(error.message, `127.0.0.1:${port}`)
      assert.include(error.message, "EADDRINUSE")
    }).pipe(Effect.provide(awsLayer)),
  )
})

describe("over TLS", () => {
  // A self-signed certificate of dynalite.
  const pem = (name: string) =>
    readFileSync(path.join(import.meta.dirname, "../../../node_modules/dynalite/ssl", name), "utf8")
  const tlsLayer = AwsEmulator.layer({
    tls: { key: pem("server-key.pem"), cert: pem("server-crt.pem") },
  })
  const tlsClient = Effect.flatMap(AwsEmulator, ({ endpoint }) =>
    Effect.acquireRelease(
      Effect.sync(
        () =>
          new SSMClient({
            endpoint,
            region: REGION,
            maxAttempts: 1,
            credentials: LOCAL_CREDENTIALS,
            requestHandler: { httpsAgent: new Https.Agent({ keepAlive: true, rejectUnauthorized: false }) },
          }),
      ),
      (client) => Effect.sync(() => client.destroy()),
    ),
  )

  it.effect("serves the same, faults below TLS included", () =>
    Effect.gen(function* () {
      const { endpoint, faults } = yield* AwsEmulator
      assert.isTrue(endpoint.startsWith("https://"))
      const ssm = yield* tlsClient
      yield* sdk(() => ssm.send(put))
      assert.strictEqual((yield* sdk(() => ssm.send(get))).Parameter?.Value, "value")
      for (const kind of ["resetBefore", "resetMid", "truncate"] as const) {
        yield* faults.inject({ times: 1, effect: { kind } })
        assert.match((yield* refusalOf(() => ssm.send(get))).message, /hang up|ECONNRESET|aborted/, kind)
      }
      assert.strictEqual((yield* sdk(() => ssm.send(get))).Parameter?.Value, "value")
    }).pipe(Effect.scoped, Effect.provide(tlsLayer)),
  )
})

describe("two emulators", () => {
  it.effect("know nothing of each other", () =>
    Effect.gen(function* () {
      const one = yield* startInScope
      const two = yield* startInScope
      const first = yield* clientsFor(one.aws.endpoint)
      const second = yield* clientsFor(two.aws.endpoint)
      yield* sdk(() => first.ssm.send(put))
      assert.strictEqual((yield* refusalOf(() => second.ssm.send(get))).name, "ParameterNotFound")
      yield* one.close
      yield* two.close
    }).pipe(Effect.scoped),
  )
})

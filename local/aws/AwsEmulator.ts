/**
 * Local AWS: Parameter Store, Secrets Manager, DynamoDB, AppConfig, S3, the RDS Data API, STS and KMS on one port, in the SDKs'
 * wire protocols.
 *
 * `npm start` and the tests run on it; it is never part of a layer. A request is parsed (protocol.ts), recorded
 * (Calls.ts), delayed by the latency, held against the quotas (Quota.ts) and the fault rules (Faults.ts), answered
 * (answer.ts) and written (delivery.ts). Other processes control it over HTTP (control.ts): `POST /_faults`, `GET /_calls`,
 * `PUT /_latency` and others. Point an SDK at it with AWS_ENDPOINT_URL.
 */
import { randomUUID } from "node:crypto"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { type ListenError, serve } from "../serve.ts"
import type { AppConfig } from "./AppConfig.ts"
import { makeAnswer } from "./answer.ts"
import { type Calls, makeCalls } from "./Calls.ts"
import { controlRoutes, type Latency } from "./control.ts"
import type { DataApi } from "./DataApi.ts"
import { makeDelivery, toResponse } from "./delivery.ts"
import { type Faults, makeFaults } from "./Faults.ts"
import { type OpenEngine, openPglite } from "./Postgres.ts"
import { awsError, errorReply, parseRequest } from "./protocol.ts"
import { makeQuota, type Quota, type Quotas } from "./Quota.ts"

interface AwsEmulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** PEM texts. With them the endpoint is https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** The minimum duration of every call. Default 0. */
  readonly latency?: Duration.Input
  /** Reading calls a second that a service allows in each region. Default: any number. */
  readonly quota?: Quotas
  /** Opens the databases of the RDS Data API. Default: pglite. */
  readonly openEngine?: OpenEngine
}

const DEFAULT_HOST = "127.0.0.1"

/** Longer than any client keeps an idle connection, so that the server never closes one first. */
const KEEP_ALIVE_MILLIS = 120_000

const THROTTLE = { kind: "throttle" } as const

/** A bug of the emulator is logged and answered like an internal error of AWS. */
const answerDefect = (defect: unknown) =>
  Effect.as(
    Effect.logError("The AWS emulator failed", defect),
    toResponse(errorReply("ssm", randomUUID(), awsError("InternalServerError", String(defect), 500))),
  )

const make = Effect.fnUntraced(function* (options: AwsEmulatorOptions) {
  const { calls, record } = makeCalls()
  const { faults, take } = makeFaults()
  const { allows, quota } = makeQuota(options.quota ?? {})
  const { answer, appConfig, dataApi, namesOf, roleOf } = makeAnswer(
    options.openEngine ?? openPglite,
    yield* Effect.scope,
  )
  let delay = Duration.fromInputUnsafe(options.latency ?? 0)
  const latency: Latency = {
    get: Effect.sync(() => delay),
    set: (input) =>
      Effect.sync(() => {
        delay = Duration.fromInputUnsafe(input)
      }),
  }
  const server: Http.Server =
    options.tls === undefined ? Http.createServer() : Https.createServer(options.tls)
  server.keepAliveTimeout = KEEP_ALIVE_MILLIS
  const deliver = makeDelivery(server)

  const call = Effect.fnUntraced(function* (request: HttpServerRequest) {
    const requestId = randomUUID()
    const body = new Uint8Array(yield* request.arrayBuffer)
    const parsed = parseRequest(request.method, request.url, request.headers, body)
    if (Result.isFailure(parsed)) {
      return toResponse(errorReply(parsed.failure.service, requestId, parsed.failure.error))
    }
    const aws = parsed.success
    const { service, operation, region, accessKeyId } = aws
    const at = yield* Clock.currentTimeMillis
    const role = roleOf(accessKeyId)
    const names = namesOf(aws)
    const isThrottled = !allows(aws, at)
    const call = {
      service,
      operation,
      region,
      accessKeyId,
      at,
      names,
      ...(role === undefined ? {} : { role }),
      ...(isThrottled ? { isThrottled } : {}),
    }
    record(call)
    // AWS refuses a call beyond the quota before its service sees it.
    const fault = isThrottled ? THROTTLE : take(call)
    yield* Effect.sleep(delay)
    return yield* deliver(request, yield* answer(aws, requestId, fault))
  }, Effect.catchDefect(answerDefect))

  const host = options.host ?? DEFAULT_HOST
  const { port } = yield* serve(
    { name: "The AWS emulator", server, host, port: options.port ?? 0 },
    Layer.merge(
      controlRoutes({ faults, calls, latency, quota, appConfig, dataApi }),
      HttpRouter.add("*", "*", call),
    ),
  )

  return AwsEmulator.of({
    endpoint: `${options.tls === undefined ? "http" : "https"}://${host}:${port}`,
    port,
    faults,
    calls,
    latency,
    quota,
    appConfig,
    dataApi,
  })
})

/**
 * The running emulator. Each region (from the credential scope of a call) has its own parameters, secrets and
 * configurations; all regions share the DynamoDB tables; a bucket of S3 is in one region. Signatures are required but not verified.
 */
export class AwsEmulator extends Context.Service<
  AwsEmulator,
  {
    /** The URL for AWS_ENDPOINT_URL. */
    readonly endpoint: string
    readonly port: number
    readonly faults: Faults
    readonly calls: Calls
    /** The minimum duration of every call. */
    readonly latency: Latency
    /** Reading calls a second that a service allows. */
    readonly quota: Quota
    /** Deploys configurations, and ages their sessions. */
    readonly appConfig: AppConfig
    /** Creates databases. */
    readonly dataApi: DataApi
  }
>()("cache-extension/local/AwsEmulator") {
  /** Starts an empty emulator. Closing the scope closes the port and all connections at once. */
  static readonly layer = (options: AwsEmulatorOptions = {}): Layer.Layer<AwsEmulator, ListenError> =>
    Layer.effect(
      AwsEmulator,
      // The emulator runs in real time even if a test stops the program's clock.
      make(options).pipe(Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())),
    )
}

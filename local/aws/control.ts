/**
 * Controls the emulator over HTTP, for other processes. No path of AWS begins with `/_`.
 *
 * | request | answer |
 * |---|---|
 * | `POST /_faults` with a rule (see `FaultRule` in Faults.ts) as JSON | 201 `{"id"}` |
 * | `GET /_faults` | 200 `[{"id", "hits", "rule"}]` |
 * | `DELETE /_faults`, `DELETE /_faults/<id>` | 204; 404 when there is no such rule |
 * | `GET /_calls` | 200 the calls on record (see `Call` in Calls.ts) |
 * | `DELETE /_calls` | 204 |
 * | `GET /_latency` | 200 `{"millis"}` |
 * | `PUT /_latency` with `{"millis"}` | 204 |
 * | `GET /_quota` | 200 the quotas, such as `{"ssm": 40}` |
 * | `PUT /_quota` with quotas (see `Quotas` in Quota.ts) | 204 |
 * | `POST /_deployments` with a configuration (see `Configuration` in AppConfig.ts) as JSON | 204 |
 * | `POST /_databases` with a database (see `Database` in DataApi.ts) as JSON | 204; 400 if its script fails |
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpServerError } from "effect/http/HttpServerError"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type AppConfig, Configuration } from "./AppConfig.ts"
import { type Calls } from "./Calls.ts"
import { type DataApi, Database, type DatabaseRefused } from "./DataApi.ts"
import { FaultRule, type Faults } from "./Faults.ts"
import { type Quota, Quotas } from "./Quota.ts"

/** The minimum duration of every call. */
export interface Latency {
  readonly get: Effect.Effect<Duration.Duration>
  readonly set: (latency: Duration.Input) => Effect.Effect<void>
}

interface Controls {
  readonly faults: Faults
  readonly calls: Calls
  readonly latency: Latency
  readonly quota: Quota
  readonly appConfig: AppConfig
  readonly dataApi: DataApi
}

const LatencyBody = Schema.Struct({ millis: Schema.Number })

const json = (status: number, body: unknown) => HttpServerResponse.jsonUnsafe(body, { status })
const done = HttpServerResponse.empty()
const unknown = json(404, { message: "There is no such control." })

type Handled = Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  Schema.SchemaError | HttpServerError | DatabaseRefused,
  HttpServerRequest.HttpServerRequest | HttpRouter.RouteContext
>

/** One control. An invalid body gets a 400 with the reason. */
const control = (method: "DELETE" | "GET" | "POST" | "PUT", path: `/_${string}`, handled: Handled) =>
  HttpRouter.add(
    method,
    path,
    Effect.catch(handled, ({ message }) => Effect.succeed(json(400, { message }))),
  )

const removeFault = (faults: Faults) =>
  Effect.gen(function* () {
    const { id = "" } = yield* HttpRouter.params
    return (yield* faults.remove(id)) ? done : unknown
  })

/** The routes of all controls; any other path that begins with `/_` is a 404. */
export const controlRoutes = ({ appConfig, calls, dataApi, faults, latency, quota }: Controls) =>
  Layer.mergeAll(
    control(
      "POST",
      "/_faults",
      HttpServerRequest.schemaBodyJson(FaultRule).pipe(
        Effect.flatMap(faults.inject),
        Effect.map(({ id }) => json(201, { id })),
      ),
    ),
    control(
      "GET",
      "/_faults",
      Effect.map(faults.list, (rules) => json(200, rules)),
    ),
    control("DELETE", "/_faults", Effect.as(faults.clear, done)),
    control("DELETE", "/_faults/:id", removeFault(faults)),
    control(
      "GET",
      "/_calls",
      Effect.map(calls.all, (all) => json(200, all)),
    ),
    control("DELETE", "/_calls", Effect.as(calls.clear, done)),
    control(
      "GET",
      "/_latency",
      Effect.map(latency.get, (duration) => json(200, { millis: Duration.toMillis(duration) })),
    ),
    control(
      "PUT",
      "/_latency",
      HttpServerRequest.schemaBodyJson(LatencyBody).pipe(
        Effect.flatMap(({ millis }) => latency.set(millis)),
        Effect.as(done),
      ),
    ),
    control(
      "GET",
      "/_quota",
      Effect.map(quota.get, (quotas) => json(200, quotas)),
    ),
    control(
      "PUT",
      "/_quota",
      HttpServerRequest.schemaBodyJson(Quotas, { onExcessProperty: "error" }).pipe(
        Effect.flatMap(quota.set),
        Effect.as(done),
      ),
    ),
    control(
      "POST",
      "/_deployments",
      HttpServerRequest.schemaBodyJson(Configuration).pipe(Effect.flatMap(appConfig.deploy), Effect.as(done)),
    ),
    control(
      "POST",
      "/_databases",
      HttpServerRequest.schemaBodyJson(Database).pipe(Effect.flatMap(dataApi.create), Effect.as(done)),
    ),
    HttpRouter.add("*", "/_*", unknown),
  )

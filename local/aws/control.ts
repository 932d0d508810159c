/**
 * The emulator's controls over HTTP, for callers in other processes. Paths that begin with `/_` are never AWS's.
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
 * | `POST /_deployments` with a configuration (see `Configuration` in AppConfig.ts) as JSON | 204 |
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type AppConfig, Configuration } from "./AppConfig.ts"
import { type Calls } from "./Calls.ts"
import { FaultRule, type Faults } from "./Faults.ts"
import { type AwsReply } from "./protocol.ts"

/** What every call takes longer than the emulator needs for it. */
export interface Latency {
  readonly get: Effect.Effect<Duration.Duration>
  readonly set: (latency: Duration.Input) => Effect.Effect<void>
}

const LatencyBody = Schema.Struct({ millis: Schema.Number })

const decodeRule = Schema.decodeUnknownEffect(Schema.fromJsonString(FaultRule))
const decodeLatency = Schema.decodeUnknownEffect(Schema.fromJsonString(LatencyBody))

const decodeConfiguration = Schema.decodeUnknownEffect(Schema.fromJsonString(Configuration))

const json = (status: number, body: unknown): AwsReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
})
const done: AwsReply = { status: 204, headers: {}, body: "" }
const unknown = json(404, { message: "There is no such control." })

/** Whether a path is a control's. */
export const isControl = (path: string): boolean => path.startsWith("/_")

/** Answers a request to a control; a body that cannot be read is a 400 that says what is wrong with it. */
export const makeControl =
  (controls: {
    readonly faults: Faults
    readonly calls: Calls
    readonly latency: Latency
    readonly appConfig: AppConfig
  }) =>
  (method: string, path: string, body: string): Effect.Effect<AwsReply> => {
    const { faults, calls, latency, appConfig } = controls
    const [, resource, id] = path.split("/")
    const answer = (): Effect.Effect<AwsReply, Schema.SchemaError> => {
      switch (`${method} ${resource}`) {
        case "POST _faults":
          return decodeRule(body).pipe(
            Effect.flatMap(faults.inject),
            Effect.map((handle) => json(201, { id: handle.id })),
          )
        case "GET _faults":
          return Effect.map(faults.list, (rules) => json(200, rules))
        case "DELETE _faults":
          return id === undefined
            ? Effect.as(faults.clear, done)
            : Effect.map(faults.remove(id), (removed) => (removed ? done : unknown))
        case "GET _calls":
          return Effect.map(calls.all, (all) => json(200, all))
        case "DELETE _calls":
          return Effect.as(calls.clear, done)
        case "GET _latency":
          return Effect.map(latency.get, (duration) => json(200, { millis: Duration.toMillis(duration) }))
        case "PUT _latency":
          return decodeLatency(body).pipe(
            Effect.flatMap(({ millis }) => latency.set(millis)),
            Effect.as(done),
          )
        case "POST _deployments":
          return decodeConfiguration(body).pipe(Effect.flatMap(appConfig.deploy), Effect.as(done))
        default:
          return Effect.succeed(unknown)
      }
    }
    return answer().pipe(Effect.catch((error) => Effect.succeed(json(400, { message: error.message }))))
  }

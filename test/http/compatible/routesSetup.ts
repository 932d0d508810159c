/**
 * The routes of the AWS Parameters and Secrets extension over a cache that records what it is asked for.
 */
import { Effect, Layer } from "effect"
import { HttpEffect } from "effect/http"
import { Cache, type ReadOptions } from "../../../src/cache/Cache.ts"
import type { Served } from "../../../src/cache/Served.ts"
import type { Limits } from "../../../src/config/limits.ts"
import { Settings } from "../../../src/config/Settings.ts"
import type { Entry, Value } from "../../../src/domain/Entry.ts"
import type { SourceError } from "../../../src/domain/SourceError.ts"
import { app } from "../../../src/http/compatible/routes.ts"
import { parameter, planOffering, SECOND, text } from "../../support/entries.ts"

export const TOKEN = "the function's session token"
export const NAME = "x-aws-parameters-secrets-token"
export const LISTED = parameter("listed")

const valueOf = (details: Record<string, unknown>): Value => ({ ...text("value"), details })

export const served = (details: Record<string, unknown> = { Type: "String" }): Served => ({
  value: valueOf(details),
  age: 2 * SECOND,
  outcome: "hit",
})

export type Read = (entry: Entry) => Effect.Effect<Served, SourceError>

interface Options {
  readonly read?: Read
  readonly env?: Readonly<Record<string, string>>
  readonly limits?: Partial<Limits>
  readonly held?: Served
}

/** The routes, and the entries that the cache was asked for. */
export const start = ({ env = {}, held, limits = {}, read = () => Effect.succeed(served()) }: Options = {}) =>
  Effect.gen(function* () {
    const asked: Array<Entry> = []
    const ways: Array<ReadOptions> = []
    const forgotten: Array<string> = []
    const cache = Layer.mock(Cache, {
      fresh: () => undefined,
      read: (entry, options = {}) =>
        Effect.suspend(() => (asked.push(entry), ways.push(options), read(entry))),
      held: () => Effect.succeed(held),
      forget: ({ key }) => Effect.sync(() => void forgotten.push(key)),
    })
    const settings = Settings.layer({ AWS_SESSION_TOKEN: TOKEN, AWS_REGION: "us-west-2", ...env })
    const handler = HttpEffect.toWebHandler(
      yield* Effect.provide(app, [
        cache,
        Layer.orDie(settings),
        planOffering({ parametersAndSecrets: true }, limits, LISTED),
      ]),
    )
    const ask = (path: string, init: RequestInit = { headers: { [NAME]: TOKEN } }) =>
      Effect.promise(async () => {
        const response = await handler(new Request(`http://localhost:2773${path}`, init))
        return { status: response.status, headers: response.headers, body: await response.text() }
      })
    const withHeaders = (headers: Readonly<Record<string, string>>, method = "GET") => ({
      method,
      headers: { [NAME]: TOKEN, ...headers },
    })
    return { ask, asked, forgotten, ways, withHeaders }
  })

export const PARAMETER = "/systemsmanager/parameters/get"

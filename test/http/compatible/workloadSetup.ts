/**
 * The routes of the workload credentials provider over a cache that records what it is asked for.
 */
import { Effect, Layer, Redacted } from "effect"
import { HttpEffect } from "effect/http"
import { Cache, type ReadOptions } from "../../../src/cache/Cache.ts"
import type { Served } from "../../../src/cache/Served.ts"
import { Settings } from "../../../src/config/Settings.ts"
import type { Entry } from "../../../src/domain/Entry.ts"
import type * as Errors from "../../../src/domain/SourceError.ts"
import { app } from "../../../src/http/compatible/routes.ts"
import { parameter, planOffering, POLICY, SECOND } from "../../support/entries.ts"

export const TOKEN = "the function's session token"
export const AWS_HEADER = "x-aws-parameters-secrets-token"
export const VAULT_HEADER = "x-vault-token"
export const SECRET = "/secretsmanager/get"
export const ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-AbCdEf"

export const roleArn = (name: string) => `arn:aws:iam::123456789012:role/${name}`

const DETAILS = {
  ARN,
  Name: "db",
  VersionId: "v1",
  VersionStages: ["AWSCURRENT"],
  CreatedDate: "2019-09-26T21:53:09.046Z",
}

export const served = (body: string | Uint8Array = "value", details: object = DETAILS): Served => ({
  value: { body: Redacted.make(body), contentType: "text/plain", details: { ...details } },
  age: 2 * SECOND,
  outcome: "hit",
})

export const LISTED: Entry = {
  key: "secrets:listed",
  name: "listed",
  address: {
    kind: "secrets",
    region: "eu-west-1",
    secretId: "listed",
    versionStage: "AWSCURRENT",
    roleArn: roleArn("of-file"),
  },
  policy: POLICY,
}

interface Options {
  readonly both?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly read?: (entry: Entry) => Effect.Effect<Served, Errors.SourceError>
}

export const start = ({ both = false, env = {}, read = () => Effect.succeed(served()) }: Options = {}) =>
  Effect.gen(function* () {
    const asked: Array<Entry> = []
    const ways: Array<ReadOptions> = []
    const cache = Layer.mock(Cache, {
      fresh: () => undefined,
      read: (entry, options = {}) =>
        Effect.suspend(() => (asked.push(entry), ways.push(options), read(entry))),
    })
    const settings = Settings.layer({ AWS_SESSION_TOKEN: TOKEN, AWS_REGION: "us-west-2", ...env })
    const plan = planOffering(
      { parametersAndSecrets: both, workloadCredentials: true },
      {},
      parameter("p"),
      LISTED,
    )
    const handler = HttpEffect.toWebHandler(yield* Effect.provide(app, [cache, Layer.orDie(settings), plan]))
    const ask = (
      path: string,
      headers: Readonly<Record<string, string>> = { [VAULT_HEADER]: TOKEN },
      method = "GET",
    ) =>
      Effect.promise(async () => {
        const response = await handler(new Request(`http://localhost:2773${path}`, { headers, method }))
        return { status: response.status, headers: response.headers, body: await response.text() }
      })
    return { ask, asked, ways }
  })

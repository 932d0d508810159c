/**
 * User and password for Valkey or Redis: none, a password in a secret, or a token of IAM.
 *
 * The password is fetched once, and again after the server has refused it. A token is a URL that is signed here. Each
 * connection gets its own, which is valid for 15 minutes.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
 */
import { SignatureV4 } from "@smithy/signature-v4"
import { HttpRequest } from "@smithy/core/protocols"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { AwsClients, type ClientOptions } from "../../aws/AwsClients.ts"
import type { RedisLogin } from "../../config/SharedPlan.ts"
import type { AwsService } from "../../kinds/Kind.ts"
import { textAt } from "../../kinds/textAt.ts"
import { StoreError } from "../SharedStore.ts"
import { makeFetchValue } from "../encryption/fetchValue.ts"
import type { Login, Logins, RedisPlan } from "./RedisConnection.ts"

/** In seconds. */
const TOKEN_LIFETIME = 900

const noPassword = (detail: string) => new StoreError({ detail: `the password of the store: ${detail}` })

const byPassword = ({ json, secret, username }: Extract<RedisLogin, { readonly _tag: "Password" }>) =>
  Effect.gen(function* () {
    const fetchValue = yield* makeFetchValue("secrets")
    let known: Login | undefined
    const fetched = Effect.gen(function* () {
      const { body } = yield* Effect.mapError(fetchValue(secret), ({ message }) => noPassword(message))
      const text = Redacted.value(body)
      if (typeof text !== "string") return yield* noPassword("the secret is binary")
      const password = json === undefined ? text : textAt(text, json)
      if (password === undefined) return yield* noPassword("the secret has no text at the pointer")
      return (known = {
        password: Redacted.make(password),
        ...(username === undefined ? {} : { username }),
      })
    })
    const logins: Logins = {
      get: Effect.suspend(() => (known === undefined ? fetched : Effect.succeed(known))),
      refused: Effect.sync(() => (known = undefined)),
    }
    return logins
  })

/** ElastiCache, or MemoryDB: their hosts say which it is, and whether the cache is serverless. */
const serviceOf = (host: string): AwsService =>
  host.includes(".memorydb.")
    ? { id: "MEMORYDB", host: "memorydb", longestReplies: {}, isTier: true }
    : { id: "ELASTICACHE", host: "elasticache", longestReplies: {}, isTier: true }

interface TokenOptions extends Pick<ClientOptions, "credentials" | "region" | "sha256"> {
  readonly service: string
  readonly user: string
  readonly cache: string
  readonly isServerless: boolean
}

/** A token of IAM: a signed request to connect, without its scheme. */
export const makeToken = async (
  { cache, credentials, isServerless, region, service, sha256, user }: TokenOptions,
  signingDate?: Date,
): Promise<string> => {
  const signer = new SignatureV4({ service, region, credentials, sha256 })
  const request = new HttpRequest({
    method: "GET",
    protocol: "http:",
    hostname: cache,
    path: "/",
    query: { Action: "connect", User: user, ...(isServerless ? { ResourceType: "ServerlessCache" } : {}) },
    headers: { host: cache },
  })
  const signed = await signer.presign(request, {
    expiresIn: TOKEN_LIFETIME,
    ...(signingDate === undefined ? {} : { signingDate }),
  })
  const query = new URLSearchParams(
    Object.entries(signed.query ?? {}).map(([key, value]): [string, string] => [key, String(value)]),
  )
  return `${cache}/?${query.toString().replaceAll("+", "%20")}`
}

const byIam = ({ cache, region, user }: Extract<RedisLogin, { readonly _tag: "Iam" }>, host: string) =>
  Effect.gen(function* () {
    const clients = yield* AwsClients
    const service = serviceOf(host)
    const isServerless = host.includes(".serverless.")
    const call = yield* clients.caller(service, ({ credentials, region: at, sha256 }) => ({
      token: () =>
        makeToken({ service: service.host, region: at, credentials, sha256, user, cache, isServerless }),
      destroy: () => {},
    }))
    const logins: Logins = {
      get: call({ region }, "Connect", ({ token }) => token()).pipe(
        Effect.map((token) => ({ username: user, password: Redacted.make(token) })),
        Effect.mapError(({ message }) => new StoreError({ detail: `a token of IAM: ${message}` })),
      ),
      refused: Effect.void,
    }
    return logins
  })

const NONE: Logins = { get: Effect.succeed({}), refused: Effect.void }

/** The login that a store demands. The scope destroys the clients of AWS. */
export const makeLogins = ({
  host,
  login,
}: RedisPlan): Effect.Effect<Logins, never, AwsClients | Scope.Scope> => {
  switch (login?._tag) {
    case undefined:
      return Effect.succeed(NONE)
    case "Password":
      return byPassword(login)
    case "Iam":
      return byIam(login, host)
  }
}

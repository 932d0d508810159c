/**
 * Local AppConfig: errors in full, expiry of tokens, deployments by the control API.
 */
import {
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
} from "@aws-sdk/client-appconfigdata"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsEmulator } from "../../../local/aws/AwsEmulator.ts"
import { seedFrom } from "../../../local/aws/seed.ts"
import { awsClients, awsLayer, REGION, sdk } from "../../support/aws.ts"
import { exchange, signed } from "./wire.ts"

const PLACE = { application: "shop", environment: "prod", profile: "flags" }

/** Starts a session of a seeded configuration by plain HTTP. */
const setup = Effect.gen(function* () {
  const { appConfig, calls, endpoint } = yield* AwsEmulator
  yield* seedFrom(endpoint, { region: REGION, appconfig: [{ ...PLACE, content: "{}" }] })
  const { appconfig } = yield* awsClients()
  const command = new StartConfigurationSessionCommand({
    ApplicationIdentifier: "shop",
    EnvironmentIdentifier: "prod",
    ConfigurationProfileIdentifier: "flags",
  })
  const { InitialConfigurationToken = "" } = yield* sdk(() => appconfig.send(command))
  const ask = (token: string) =>
    exchange(endpoint, {
      method: "GET",
      path: `/configuration?configuration_token=${encodeURIComponent(token)}`,
      headers: signed("", "appconfig"),
    })
  return { appConfig, appconfig, ask, calls, endpoint, token: InitialConfigurationToken }
})

/** The problem of a token in an error of AWS. */
const problemIn = (body: string): string => {
  const { Details, Reason } = JSON.parse(body)
  return `${Reason}: ${Details.InvalidParameters.ConfigurationToken.Problem}`
}

describe("a session of local AppConfig", () => {
  it.live(
    "asks to wait for 60 seconds where it was begun without a word of it, and then takes its token",
    () =>
      Effect.gen(function* () {
        const { appConfig, ask, token } = yield* setup
        const first = yield* ask(token)
        assert.deepInclude(first.headers, {
          "content-type": "application/json",
          "next-poll-interval-in-seconds": "60",
        })
        const next = String(first.headers["next-poll-configuration-token"])
        const early = yield* ask(next)
        assert.deepStrictEqual(
          [early.status, early.headers["x-amzn-errortype"], problemIn(early.body)],
          [400, "BadRequestException", "InvalidParameters: PollIntervalNotSatisfied"],
        )
        yield* appConfig.elapse("60 seconds")
        assert.deepInclude(yield* ask(next), { status: 200, body: "" })
      }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.live("ends a token after 24 hours, and knows none twice", () =>
    Effect.gen(function* () {
      const { appConfig, ask, token } = yield* setup
      yield* appConfig.elapse("25 hours")
      assert.strictEqual(problemIn((yield* ask(token)).body), "InvalidParameters: Expired")
      assert.strictEqual(problemIn((yield* ask("made-up")).body), "InvalidParameters: Corrupted")
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.live("is recorded under the name of its configuration", () =>
    Effect.gen(function* () {
      const { appconfig, calls, token } = yield* setup
      yield* sdk(() => appconfig.send(new GetLatestConfigurationCommand({ ConfigurationToken: token })))
      assert.deepStrictEqual(
        (yield* calls.all).map(({ names, operation, service }) => `${service} ${operation} ${names.join()}`),
        [
          "appconfig StartConfigurationSession shop/prod/flags",
          "appconfig GetLatestConfiguration shop/prod/flags",
        ],
      )
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )

  it.live("is refused without a signature, and a deployment without a profile", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* setup
      const unsigned = yield* exchange(endpoint, { path: "/configurationsessions", body: "{}" })
      assert.strictEqual(unsigned.headers["x-amzn-errortype"], "MissingAuthenticationTokenException")
      const { profile: _, ...partial } = PLACE
      const deployment = yield* exchange(endpoint, { path: "/_deployments", body: JSON.stringify(partial) })
      assert.strictEqual(deployment.status, 400)
      assert.include(deployment.body, "profile")
    }).pipe(Effect.scoped, Effect.provide(awsLayer)),
  )
})

/**
 * What AppConfig Data does when a configuration is read, told in SDK calls.
 *
 * Source: docs.aws.amazon.com/appconfig/2019-10-09/APIReference, the operations of AWS AppConfig Data. Run by
 * conformance.test.ts.
 */
import {
  GetLatestConfigurationCommand,
  StartConfigurationSessionCommand,
  type StartConfigurationSessionCommandInput,
} from "@aws-sdk/client-appconfigdata"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Configuration } from "../../local/aws/AppConfig.ts"
import { refusalOf, sdk } from "../support/aws.ts"
import { type Aws, conformance } from "./Target.ts"

/** A configuration of an application of its own, to be asked for at any time unless it says otherwise. */
const deploy = Effect.fnUntraced(function* (aws: Aws, more: Partial<Configuration> = {}) {
  const configuration = {
    application: aws.unique("shop"),
    environment: "prod",
    profile: "flags",
    content: '{"beta":true}',
    pollInterval: 0,
    ...more,
  }
  yield* aws.deploy(configuration)
  return configuration
})

type Place = Pick<Configuration, "application" | "environment" | "profile">

const startCommand = (place: Place, more: Partial<StartConfigurationSessionCommandInput> = {}) =>
  new StartConfigurationSessionCommand({
    ApplicationIdentifier: place.application,
    EnvironmentIdentifier: place.environment,
    ConfigurationProfileIdentifier: place.profile,
    ...more,
  })
const start = (aws: Aws, place: Place, more?: Partial<StartConfigurationSessionCommandInput>) =>
  Effect.map(
    sdk(() => aws.appconfig.send(startCommand(place, more))),
    ({ InitialConfigurationToken }) => InitialConfigurationToken,
  )
const latestCommand = (token: string | undefined) =>
  new GetLatestConfigurationCommand({ ConfigurationToken: token })
const latest = (aws: Aws, token: string | undefined) => sdk(() => aws.appconfig.send(latestCommand(token)))
const latestRefused = (aws: Aws, token: string | undefined) =>
  refusalOf(() => aws.appconfig.send(latestCommand(token)))

const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

export const configurationCases = [
  conformance(
    "a session's first answer is the configuration with its media type, label and the next token",
    Effect.fnUntraced(function* (aws) {
      const place = yield* deploy(aws, { type: "application/x-yaml", content: "beta: true", label: "v7" })
      const answer = yield* latest(aws, yield* start(aws, place))
      assert.strictEqual(textOf(answer.Configuration), "beta: true")
      assert.deepInclude(answer, { ContentType: "application/x-yaml", VersionLabel: "v7" })
      assert.match(String(answer.NextPollConfigurationToken), /^\S{1,8192}$/)
      assert.strictEqual(answer.$metadata.httpStatusCode, 200)
    }),
  ),
  conformance(
    "a configuration of bytes comes back byte by byte",
    Effect.fnUntraced(function* (aws) {
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
      const place = yield* deploy(aws, { binary: bytes.toString("base64") })
      const answer = yield* latest(aws, yield* start(aws, place))
      assert.deepStrictEqual([...(answer.Configuration ?? [])], [...bytes])
    }),
  ),
  conformance(
    "a later answer has no body unless something else was deployed",
    Effect.fnUntraced(function* (aws) {
      const place = yield* deploy(aws)
      const first = yield* latest(aws, yield* start(aws, place))
      const second = yield* latest(aws, first.NextPollConfigurationToken)
      assert.strictEqual(textOf(second.Configuration), "")
      yield* aws.deploy({ ...place, content: "anew" })
      const third = yield* latest(aws, second.NextPollConfigurationToken)
      assert.strictEqual(textOf(third.Configuration), "anew")
    }),
  ),
  conformance(
    "a token is good for one question: BadRequestException",
    Effect.fnUntraced(function* (aws) {
      const token = yield* start(aws, yield* deploy(aws))
      yield* latest(aws, token)
      assert.deepInclude(yield* latestRefused(aws, token), { name: "BadRequestException", status: 400 })
      assert.strictEqual((yield* latestRefused(aws, "made-up")).name, "BadRequestException")
    }),
  ),
  conformance(
    "a session is asked no earlier than it was begun for: BadRequestException",
    Effect.fnUntraced(function* (aws) {
      const { pollInterval: _, ...place } = yield* deploy(aws)
      yield* aws.deploy(place)
      const token = yield* start(aws, place, { RequiredMinimumPollIntervalInSeconds: 15 })
      const { NextPollConfigurationToken, NextPollIntervalInSeconds } = yield* latest(aws, token)
      assert.strictEqual(NextPollIntervalInSeconds, 15)
      const refusal = yield* latestRefused(aws, NextPollConfigurationToken)
      assert.deepInclude(refusal, { name: "BadRequestException", status: 400 })
    }),
  ),
  conformance(
    "a session may not ask to be asked more often than each 15 seconds: BadRequestException",
    Effect.fnUntraced(function* (aws) {
      const place = yield* deploy(aws)
      const command = startCommand(place, { RequiredMinimumPollIntervalInSeconds: 14 })
      const refusal = yield* refusalOf(() => aws.appconfig.send(command))
      assert.strictEqual(refusal.name, "BadRequestException")
    }),
  ),
  conformance(
    "what is not deployed, or in another region, is a status 404: ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const place = yield* deploy(aws)
      const missing = { name: "ResourceNotFoundException", status: 404 }
      const absent = startCommand({ ...place, environment: "test" })
      assert.deepInclude(yield* refusalOf(() => aws.appconfig.send(absent)), missing)
      const elsewhere = yield* refusalOf(() => aws.elsewhere.appconfig.send(startCommand(place)))
      assert.deepInclude(elsewhere, missing)
    }),
  ),
]

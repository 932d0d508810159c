/**
 * What STS does when a role is assumed, told in SDK calls.
 *
 * Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. Run by conformance.test.ts.
 */
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts"
import { assert } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { get, getCommand, put } from "./parameterCalls.ts"
import { type Aws, conformance } from "./Target.ts"

const HOUR = 3_600_000
/** How far the clocks of the test and of what it asks may be apart, in milliseconds. */
const TOLERANCE = 60_000

const assumeCommand = (more: Partial<AssumeRoleCommandInput>) =>
  new AssumeRoleCommand({
    RoleArn: "arn:aws:iam::123456789012:role/reader",
    RoleSessionName: "my-function",
    ...more,
  })
const assume = (aws: Aws, more: Partial<AssumeRoleCommandInput> = {}) =>
  sdk(() => aws.sts.send(assumeCommand(more)))
const assumeRefused = (aws: Aws, more: Partial<AssumeRoleCommandInput>) =>
  refusalOf(() => aws.sts.send(assumeCommand(more)))

/** The credentials of a new session, as a client takes them. */
const sessionOf = Effect.fnUntraced(function* (aws: Aws) {
  const { Credentials } = yield* assume(aws)
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  }
})

/** In how many milliseconds the credentials of a new session end. */
const lengthOf = Effect.fnUntraced(function* (aws: Aws, more: Partial<AssumeRoleCommandInput>) {
  const { Credentials } = yield* assume(aws, more)
  return (Credentials?.Expiration?.getTime() ?? 0) - (yield* Clock.Clock.defaultValue().currentTimeMillis)
})

export const roleCases = [
  conformance(
    "a session of a role lasts an hour unless it says otherwise",
    Effect.fnUntraced(function* (aws) {
      assert.closeTo(yield* lengthOf(aws, {}), HOUR, TOLERANCE)
      assert.closeTo(yield* lengthOf(aws, { DurationSeconds: 900 }), HOUR / 4, TOLERANCE)
    }),
  ),
  conformance(
    "a session is named after the role and its own name",
    Effect.fnUntraced(function* (aws) {
      const { AssumedRoleUser } = yield* assume(aws)
      assert.strictEqual(AssumedRoleUser?.Arn, "arn:aws:sts::123456789012:assumed-role/reader/my-function")
      assert.match(String(AssumedRoleUser?.AssumedRoleId), /^AROA[A-Z0-9]+:my-function$/)
    }),
  ),
  conformance(
    "a call with the credentials of a session is answered",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("readable")
      yield* put(aws, name, "value")
      const session = yield* sessionOf(aws)
      assert.match(session.accessKeyId, /^ASIA[A-Z0-9]{16}$/)
      const asRole = yield* aws.as(session)
      assert.strictEqual((yield* get({ ...aws, ...asRole }, name))?.Value, "value")
    }, Effect.scoped),
  ),
  conformance(
    "no two sessions have the same credentials",
    Effect.fnUntraced(function* (aws) {
      const first = yield* sessionOf(aws)
      const second = yield* sessionOf(aws)
      assert.notStrictEqual(first.accessKeyId, second.accessKeyId)
      assert.notStrictEqual(first.secretAccessKey, second.secretAccessKey)
    }),
  ),
  conformance(
    "the credentials of a session without its token are refused: UnrecognizedClientException",
    Effect.fnUntraced(function* (aws) {
      const { sessionToken: _, ...keys } = yield* sessionOf(aws)
      const withoutToken = yield* aws.as(keys)
      const refusal = yield* refusalOf(() => withoutToken.ssm.send(getCommand("any")))
      assert.strictEqual(refusal.name, "UnrecognizedClientException")
    }, Effect.scoped),
  ),
  conformance(
    "a session of a few seconds is refused: ValidationError",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* assumeRefused(aws, { DurationSeconds: 60 })).name, "ValidationError")
    }),
  ),
  conformance(
    "what is no role is refused: ValidationError",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* assumeRefused(aws, { RoleArn: "a-name-that-is-not-an-arn" })
      assert.deepInclude(refusal, { name: "ValidationError", status: 400 })
    }),
  ),
  conformance(
    "a session name with other characters is refused: ValidationError",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* assumeRefused(aws, { RoleSessionName: "a b" })).name, "ValidationError")
    }),
  ),
]

/**
 * What Secrets Manager does with versions and their staging labels, told in SDK calls.
 *
 * Sources: docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html and
 * API_UpdateSecretVersionStage. Run by conformance.test.ts.
 */
import {
  PutSecretValueCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  type UpdateSecretVersionStageCommandInput,
} from "@aws-sdk/client-secrets-manager"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { create, describeSecret, get, getRefused, put } from "./secretCalls.ts"
import { type Aws, conformance } from "./Target.ts"

type Move = Omit<UpdateSecretVersionStageCommandInput, "SecretId">
const moveCommand = (id: string, move: Move) => new UpdateSecretVersionStageCommand({ SecretId: id, ...move })
const move = (aws: Aws, id: string, how: Move) => sdk(() => aws.secrets.send(moveCommand(id, how)))
const moveRefused = (aws: Aws, id: string, how: Move) =>
  refusalOf(() => aws.secrets.send(moveCommand(id, how)))

/** A secret with an old value at AWSPREVIOUS and a new one at AWSCURRENT. */
const rotated = Effect.fnUntraced(function* (aws: Aws) {
  const name = aws.unique("rotated")
  const { VersionId: old = "" } = yield* create(aws, name, { SecretString: "old" })
  const { VersionId: current = "" } = yield* put(aws, name, "new")
  return { name, old, current }
})

export const secretStageCases = [
  conformance(
    "a new value becomes AWSCURRENT and the one before it AWSPREVIOUS",
    Effect.fnUntraced(function* (aws) {
      const { name, old, current } = yield* rotated(aws)
      const now = yield* get(aws, name)
      const before = yield* get(aws, name, { VersionStage: "AWSPREVIOUS" })
      assert.deepStrictEqual([now.SecretString, now.VersionId], ["new", current])
      assert.deepStrictEqual([before.SecretString, before.VersionId], ["old", old])
    }),
  ),
  conformance(
    "a version is read by its id",
    Effect.fnUntraced(function* (aws) {
      const { name, old } = yield* rotated(aws)
      const secret = yield* get(aws, name, { VersionId: old })
      assert.deepStrictEqual([secret.SecretString, secret.VersionStages], ["old", ["AWSPREVIOUS"]])
    }),
  ),
  conformance(
    "a pending value does not touch the current one",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("pending")
      yield* create(aws, name, { SecretString: "now" })
      yield* put(aws, name, "next", { VersionStages: ["AWSPENDING"] })
      assert.strictEqual((yield* get(aws, name)).SecretString, "now")
      assert.strictEqual((yield* get(aws, name, { VersionStage: "AWSPENDING" })).SecretString, "next")
    }),
  ),
  conformance(
    "finishing a rotation moves AWSCURRENT, and AWSPREVIOUS follows it",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("finished")
      const { VersionId: old = "" } = yield* create(aws, name, { SecretString: "old" })
      const { VersionId: next = "" } = yield* put(aws, name, "next", { VersionStages: ["AWSPENDING"] })
      yield* move(aws, name, { VersionStage: "AWSCURRENT", MoveToVersionId: next, RemoveFromVersionId: old })
      assert.strictEqual((yield* get(aws, name)).VersionId, next)
      assert.strictEqual((yield* get(aws, name, { VersionStage: "AWSPREVIOUS" })).VersionId, old)
    }),
  ),
  conformance(
    "moving AWSCURRENT without naming its holder is refused: InvalidParameterException",
    Effect.fnUntraced(function* (aws) {
      const { name, old } = yield* rotated(aws)
      const refusal = yield* moveRefused(aws, name, { VersionStage: "AWSCURRENT", MoveToVersionId: old })
      assert.strictEqual(refusal.name, "InvalidParameterException")
    }),
  ),
  conformance(
    "AWSCURRENT cannot be taken away without giving it to another version: InvalidParameterException",
    Effect.fnUntraced(function* (aws) {
      const { name, current } = yield* rotated(aws)
      const how = { VersionStage: "AWSCURRENT", RemoveFromVersionId: current }
      assert.strictEqual((yield* moveRefused(aws, name, how)).name, "InvalidParameterException")
    }),
  ),
  conformance(
    "a stage of one's own is attached, read and removed",
    Effect.fnUntraced(function* (aws) {
      const { name, old } = yield* rotated(aws)
      yield* move(aws, name, { VersionStage: "blue", MoveToVersionId: old })
      assert.strictEqual((yield* get(aws, name, { VersionStage: "blue" })).SecretString, "old")
      yield* move(aws, name, { VersionStage: "blue", RemoveFromVersionId: old })
      assert.strictEqual(
        (yield* getRefused(aws, name, { VersionStage: "blue" })).name,
        "ResourceNotFoundException",
      )
    }),
  ),
  conformance(
    "a stage that does not exist is ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const { name } = yield* rotated(aws)
      const refusal = yield* getRefused(aws, name, { VersionStage: "AWSPENDING" })
      assert.strictEqual(refusal.name, "ResourceNotFoundException")
    }),
  ),
  conformance(
    "a version that does not exist is ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const { name } = yield* rotated(aws)
      const more = { VersionId: "00000000-0000-4000-8000-000000000000" }
      assert.strictEqual((yield* getRefused(aws, name, more)).name, "ResourceNotFoundException")
    }),
  ),
  conformance(
    "a version and a stage that do not belong together are refused: InvalidRequestException",
    Effect.fnUntraced(function* (aws) {
      const { name, old } = yield* rotated(aws)
      const more = { VersionId: old, VersionStage: "AWSCURRENT" }
      assert.strictEqual((yield* getRefused(aws, name, more)).name, "InvalidRequestException")
    }),
  ),
  conformance(
    "a value put twice with one token is one version",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("token")
      yield* create(aws, name, { SecretString: "one" })
      const more = { ClientRequestToken: "11111111-1111-4111-8111-111111111111" }
      const first = yield* put(aws, name, "two", more)
      const second = yield* put(aws, name, "two", more)
      assert.strictEqual(first.VersionId, more.ClientRequestToken)
      assert.strictEqual(second.VersionId, first.VersionId)
      const { VersionIdsToStages = {} } = yield* describeSecret(aws, name)
      assert.strictEqual(Object.keys(VersionIdsToStages).length, 2)
    }),
  ),
  conformance(
    "another value with the same token is refused: ResourceExistsException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("token")
      yield* create(aws, name, { SecretString: "one" })
      const ClientRequestToken = "22222222-2222-4222-8222-222222222222"
      yield* put(aws, name, "two", { ClientRequestToken })
      const again = new PutSecretValueCommand({ SecretId: name, SecretString: "three", ClientRequestToken })
      assert.strictEqual((yield* refusalOf(() => aws.secrets.send(again))).name, "ResourceExistsException")
    }),
  ),
  conformance(
    "updating a secret is a new current version",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("updated")
      yield* create(aws, name, { SecretString: "old" })
      yield* sdk(() => aws.secrets.send(new UpdateSecretCommand({ SecretId: name, SecretString: "new" })))
      assert.strictEqual((yield* get(aws, name)).SecretString, "new")
      assert.strictEqual((yield* get(aws, name, { VersionStage: "AWSPREVIOUS" })).SecretString, "old")
    }),
  ),
  conformance(
    "putting no value is refused: InvalidRequestException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("nothing")
      yield* create(aws, name, { SecretString: "one" })
      const refusal = yield* refusalOf(() => aws.secrets.send(new PutSecretValueCommand({ SecretId: name })))
      assert.strictEqual(refusal.name, "InvalidRequestException")
    }),
  ),
  conformance(
    "a description lists the versions with their stages, and no value",
    Effect.fnUntraced(function* (aws) {
      const { name, old, current } = yield* rotated(aws)
      const described = yield* describeSecret(aws, name)
      assert.deepStrictEqual(described.VersionIdsToStages, {
        [old]: ["AWSPREVIOUS"],
        [current]: ["AWSCURRENT"],
      })
      assert.instanceOf(described.LastChangedDate, Date)
      assert.notInclude(JSON.stringify(described), "SecretString")
    }),
  ),
]

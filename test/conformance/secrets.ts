/**
 * What Secrets Manager does, told in SDK calls: values, batches, deletion.
 *
 * Sources: docs.aws.amazon.com/secretsmanager/latest/apireference and what others recorded against AWS itself.
 * Versions and stages have a file of their own. Run by conformance.test.ts.
 */
import {
  BatchGetSecretValueCommand,
  DeleteSecretCommand,
  RestoreSecretCommand,
} from "@aws-sdk/client-secrets-manager"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { batch, create, createRefused, get, getCommand, getRefused } from "./secretCalls.ts"
import { conformance, HOME_REGION } from "./Target.ts"

const values = [
  conformance(
    "a secret is read with its ARN, version, stages and time",
    Effect.fnUntraced(function* (aws) {
      const name = `${aws.unique("db")}/main_+=.@`
      const { VersionId = "" } = yield* create(aws, name, { SecretString: "s3cr3t" })
      const { ARN, CreatedDate, $metadata: _, ...rest } = yield* get(aws, name)
      assert.deepStrictEqual(rest, {
        Name: name,
        SecretString: "s3cr3t",
        VersionId,
        VersionStages: ["AWSCURRENT"],
      })
      assert.isTrue(ARN?.startsWith(`arn:aws:secretsmanager:${HOME_REGION}:`))
      assert.match(ARN ?? "", /-[A-Za-z0-9]{6}$/)
      assert.instanceOf(CreatedDate, Date)
    }),
  ),
  conformance(
    "a binary secret comes back byte by byte",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("binary")
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      yield* create(aws, name, { SecretBinary: bytes })
      const secret = yield* get(aws, name)
      assert.deepStrictEqual([...(secret.SecretBinary ?? [])], [...bytes])
      assert.isUndefined(secret.SecretString)
    }),
  ),
  conformance(
    "an ARN reads the secret",
    Effect.fnUntraced(function* (aws) {
      const { ARN = "" } = yield* create(aws, aws.unique("arn"), { SecretString: "by arn" })
      assert.strictEqual((yield* get(aws, ARN)).SecretString, "by arn")
    }),
  ),
  conformance(
    "an ARN without its six characters reads the secret",
    Effect.fnUntraced(function* (aws) {
      const { ARN = "" } = yield* create(aws, aws.unique("partial"), { SecretString: "by partial arn" })
      assert.strictEqual((yield* get(aws, ARN.slice(0, -7))).SecretString, "by partial arn")
    }),
  ),
  conformance(
    "what does not exist is ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* getRefused(aws, aws.unique("absent"))
      assert.strictEqual(refusal.name, "ResourceNotFoundException")
      assert.strictEqual(refusal.message, "Secrets Manager can't find the specified secret.")
    }),
  ),
  conformance(
    "what does not exist is a status 400",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* getRefused(aws, aws.unique("absent"))).status, 400)
    }),
  ),
  conformance(
    "a secret without a value has no AWSCURRENT: ResourceNotFoundException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("hollow")
      assert.isUndefined((yield* create(aws, name, {})).VersionId)
      const refusal = yield* getRefused(aws, name)
      assert.strictEqual(refusal.name, "ResourceNotFoundException")
      assert.include(refusal.message, "staging label: AWSCURRENT")
    }),
  ),
  conformance(
    "a second secret of the same name is refused: ResourceExistsException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("taken")
      yield* create(aws, name, { SecretString: "one" })
      const refusal = yield* createRefused(aws, name, { SecretString: "two" })
      assert.deepStrictEqual([refusal.name, refusal.status], ["ResourceExistsException", 400])
    }),
  ),
  conformance(
    "a name with other characters is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* createRefused(aws, `${aws.unique("odd")} name`, { SecretString: "x" })
      assert.strictEqual(refusal.name, "ValidationException")
    }),
  ),
  conformance(
    "text and bytes at once are refused: InvalidParameterException",
    Effect.fnUntraced(function* (aws) {
      const both = { SecretString: "x", SecretBinary: new Uint8Array([1]) }
      assert.strictEqual(
        (yield* createRefused(aws, aws.unique("both"), both)).name,
        "InvalidParameterException",
      )
    }),
  ),
  conformance(
    "each region has secrets of its own",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("regional")
      yield* create(aws, name, { SecretString: "west" })
      const refusal = yield* refusalOf(() => aws.elsewhere.secrets.send(getCommand(name)))
      assert.strictEqual(refusal.name, "ResourceNotFoundException")
    }),
  ),
]

const batches = [
  conformance(
    "twenty secrets are read in one call",
    Effect.fnUntraced(function* (aws) {
      const stem = aws.unique("batch")
      const names = Array.from({ length: 20 }, (_, index) => `${stem}-${index}`)
      yield* Effect.forEach(names, (name) => create(aws, name, { SecretString: `value of ${name}` }))
      const { SecretValues = [], Errors } = yield* batch(aws, names)
      const found = Object.fromEntries(SecretValues.map(({ Name, SecretString }) => [Name, SecretString]))
      assert.deepStrictEqual(found, Object.fromEntries(names.map((name) => [name, `value of ${name}`])))
      assert.deepStrictEqual(Errors ?? [], [])
    }),
  ),
  conformance(
    "a missing secret of a batch is listed in Errors and the others are served",
    Effect.fnUntraced(function* (aws) {
      const known = aws.unique("known")
      const unknown = aws.unique("unknown")
      yield* create(aws, known, { SecretString: "value" })
      const { SecretValues = [], Errors = [] } = yield* batch(aws, [unknown, known])
      assert.deepStrictEqual(
        SecretValues.map(({ SecretString }) => SecretString),
        ["value"],
      )
      assert.deepStrictEqual(
        Errors.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]),
        [[unknown, "ResourceNotFoundException"]],
      )
    }),
  ),
  conformance(
    "twenty-one secrets are refused",
    Effect.fnUntraced(function* (aws) {
      const ids = Array.from({ length: 21 }, (_, index) => `secret-${index}`)
      const command = new BatchGetSecretValueCommand({ SecretIdList: ids })
      const refusal = yield* refusalOf(() => aws.secrets.send(command))
      assert.include(["ValidationException", "InvalidParameterException"], refusal.name)
    }),
  ),
  conformance(
    "a batch by filter reads the secrets whose name begins with it",
    Effect.fnUntraced(function* (aws) {
      const stem = aws.unique("filtered")
      yield* create(aws, `${stem}/a`, { SecretString: "1" })
      yield* create(aws, `${stem}/b`, { SecretString: "2" })
      const command = new BatchGetSecretValueCommand({ Filters: [{ Key: "name", Values: [stem] }] })
      const { SecretValues = [] } = yield* sdk(() => aws.secrets.send(command))
      assert.deepStrictEqual(SecretValues.map(({ SecretString }) => SecretString).toSorted(), ["1", "2"])
    }),
  ),
  conformance(
    "a batch by ids and filter at once is refused: InvalidParameterException",
    Effect.fnUntraced(function* (aws) {
      const command = new BatchGetSecretValueCommand({
        SecretIdList: ["a"],
        Filters: [{ Key: "name", Values: ["a"] }],
      })
      assert.strictEqual(
        (yield* refusalOf(() => aws.secrets.send(command))).name,
        "InvalidParameterException",
      )
    }),
  ),
]

const deletion = [
  conformance(
    "a secret marked for deletion is not read: InvalidRequestException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("marked")
      yield* create(aws, name, { SecretString: "x" })
      const { DeletionDate } = yield* sdk(() => aws.secrets.send(new DeleteSecretCommand({ SecretId: name })))
      assert.instanceOf(DeletionDate, Date)
      const refusal = yield* getRefused(aws, name)
      assert.deepStrictEqual([refusal.name, refusal.status], ["InvalidRequestException", 400])
    }),
  ),
  conformance(
    "a secret marked for deletion is listed in the Errors of a batch",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("marked")
      yield* create(aws, name, { SecretString: "x" })
      yield* sdk(() => aws.secrets.send(new DeleteSecretCommand({ SecretId: name })))
      const { Errors = [] } = yield* batch(aws, [name])
      assert.deepStrictEqual(
        Errors.map(({ ErrorCode }) => ErrorCode),
        ["InvalidRequestException"],
      )
    }),
  ),
  conformance(
    "the name of a secret marked for deletion is taken: InvalidRequestException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("marked")
      yield* create(aws, name, { SecretString: "x" })
      yield* sdk(() => aws.secrets.send(new DeleteSecretCommand({ SecretId: name })))
      const refusal = yield* createRefused(aws, name, { SecretString: "y" })
      assert.strictEqual(refusal.name, "InvalidRequestException")
    }),
  ),
  conformance(
    "a secret marked for deletion can be restored",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("restored")
      yield* create(aws, name, { SecretString: "back" })
      yield* sdk(() => aws.secrets.send(new DeleteSecretCommand({ SecretId: name })))
      yield* sdk(() => aws.secrets.send(new RestoreSecretCommand({ SecretId: name })))
      assert.strictEqual((yield* get(aws, name)).SecretString, "back")
    }),
  ),
  conformance(
    "a secret deleted without recovery is gone, and its name is free",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("gone")
      const before = yield* create(aws, name, { SecretString: "x" })
      const command = new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true })
      yield* sdk(() => aws.secrets.send(command))
      assert.strictEqual((yield* getRefused(aws, name)).name, "ResourceNotFoundException")
      const after = yield* create(aws, name, { SecretString: "y" })
      assert.notStrictEqual(after.ARN, before.ARN)
    }),
  ),
  conformance(
    "a recovery window of less than a week is refused: InvalidParameterException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("window")
      yield* create(aws, name, { SecretString: "x" })
      const command = new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 6 })
      assert.strictEqual(
        (yield* refusalOf(() => aws.secrets.send(command))).name,
        "InvalidParameterException",
      )
    }),
  ),
]

export const secretCases = [...values, ...batches, ...deletion]

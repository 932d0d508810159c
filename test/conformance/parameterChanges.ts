/**
 * What Parameter Store does when parameters are written, labelled and deleted, told in SDK calls.
 *
 * Sources: API_PutParameter, API_LabelParameterVersion, API_DeleteParameters. Run by conformance.test.ts.
 */
import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { get, getRefused, label, put, putRefused } from "./parameterCalls.ts"
import { conformance } from "./Target.ts"

const writing = [
  conformance(
    "a new parameter is version 1 of the Standard tier",
    Effect.fnUntraced(function* (aws) {
      const { Version, Tier } = yield* put(aws, aws.unique("new"), "value")
      assert.deepStrictEqual({ Version, Tier }, { Version: 1, Tier: "Standard" })
    }),
  ),
  conformance(
    "overwriting makes the next version, and that is what is read",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("overwritten")
      yield* put(aws, name, "one")
      const { Version } = yield* put(aws, name, "two", { Overwrite: true })
      assert.strictEqual(Version, 2)
      const parameter = yield* get(aws, name)
      assert.deepStrictEqual([parameter?.Version, parameter?.Value], [2, "two"])
    }),
  ),
  conformance(
    "an existing parameter is not overwritten unless asked: ParameterAlreadyExists",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("existing")
      yield* put(aws, name, "one")
      const refusal = yield* putRefused(aws, name, "two")
      assert.deepStrictEqual([refusal.name, refusal.status], ["ParameterAlreadyExists", 400])
      assert.strictEqual((yield* get(aws, name))?.Value, "one")
    }),
  ),
  conformance(
    "overwriting without a type keeps the type",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("kept")
      yield* put(aws, name, "a,b", { Type: "StringList" })
      yield* sdk(() => aws.ssm.send(new PutParameterCommand({ Name: name, Value: "c", Overwrite: true })))
      assert.strictEqual((yield* get(aws, name))?.Type, "StringList")
    }),
  ),
  conformance(
    "a new parameter needs a type: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const command = new PutParameterCommand({ Name: aws.unique("untyped"), Value: "x" })
      const refusal = yield* refusalOf(() => aws.ssm.send(command))
      assert.deepStrictEqual([refusal.name, refusal.status], ["ValidationException", 400])
    }),
  ),
  conformance(
    "an empty value is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* putRefused(aws, aws.unique("empty"), "")).name, "ValidationException")
    }),
  ),
  conformance(
    "a Standard value is at most 4096 characters: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("long")
      yield* put(aws, name, "x".repeat(4096))
      const refusal = yield* putRefused(aws, name, "x".repeat(4097), { Overwrite: true })
      assert.strictEqual(refusal.name, "ValidationException")
    }),
  ),
  conformance(
    "an Advanced value may be 8192 characters",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("advanced")
      const { Tier } = yield* put(aws, name, "x".repeat(8192), { Tier: "Advanced" })
      assert.strictEqual(Tier, "Advanced")
      assert.strictEqual((yield* get(aws, name))?.Value?.length, 8192)
    }),
  ),
  conformance(
    "an unknown type is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* putRefused(aws, aws.unique("odd"), "x", { Type: "Text" as "String" })
      assert.strictEqual(refusal.name, "ValidationException")
    }),
  ),
  conformance(
    "a value that its AllowedPattern does not match is refused: ParameterPatternMismatchException",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* putRefused(aws, aws.unique("pattern"), "abc", { AllowedPattern: "\\d+" })
      assert.strictEqual(refusal.name, "ParameterPatternMismatchException")
    }),
  ),
  conformance(
    "names below /aws/ are reserved: AccessDeniedException",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* putRefused(aws, `/aws/${aws.unique("mine")}`, "x")
      assert.strictEqual(refusal.name, "AccessDeniedException")
    }),
  ),
  conformance(
    "names that begin with ssm are reserved: ValidationException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* putRefused(aws, aws.unique("ssm"), "x")).name, "ValidationException")
    }),
  ),
  conformance(
    "a deeper name begins with a slash: ValidationException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* putRefused(aws, `${aws.unique("a")}/b`, "x")).name, "ValidationException")
    }),
  ),
  conformance(
    "a malformed KMS key is refused: InvalidKeyId",
    Effect.fnUntraced(function* (aws) {
      const more = { Type: "SecureString", KeyId: "no such key" } as const
      assert.strictEqual((yield* putRefused(aws, aws.unique("key"), "x", more)).name, "InvalidKeyId")
    }),
  ),
  conformance(
    "at a hundred versions the oldest goes",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("many")
      for (let version = 1; version <= 101; version++)
        yield* put(aws, name, `v${version}`, { Overwrite: true })
      assert.strictEqual((yield* getRefused(aws, `${name}:1`)).name, "ParameterVersionNotFound")
      assert.strictEqual((yield* get(aws, `${name}:2`))?.Value, "v2")
    }),
  ),
]

const labels = [
  conformance(
    "a label moves to the version that gets it last",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("moving")
      yield* put(aws, name, "one")
      yield* label(aws, name, ["prod"], 1)
      yield* put(aws, name, "two", { Overwrite: true })
      yield* label(aws, name, ["prod"], 2)
      assert.strictEqual((yield* get(aws, `${name}:prod`))?.Value, "two")
    }),
  ),
  conformance(
    "without a version the latest is labelled",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("latest")
      yield* put(aws, name, "one")
      yield* put(aws, name, "two", { Overwrite: true })
      assert.strictEqual((yield* label(aws, name, ["newest"])).ParameterVersion, 2)
    }),
  ),
  conformance(
    "labels that break the rules are listed in InvalidLabels",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("rules")
      yield* put(aws, name, "one")
      const { InvalidLabels } = yield* label(aws, name, ["good", "1st", "aws-made", "with space"])
      assert.deepStrictEqual(InvalidLabels, ["1st", "aws-made", "with space"])
    }),
  ),
  conformance(
    "a version carries at most ten labels: ParameterVersionLabelLimitExceeded",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("crowded")
      yield* put(aws, name, "one")
      yield* label(
        aws,
        name,
        Array.from({ length: 10 }, (_, index) => `label${index}`),
      )
      const command = new LabelParameterVersionCommand({ Name: name, Labels: ["one-more"] })
      const refusal = yield* refusalOf(() => aws.ssm.send(command))
      assert.strictEqual(refusal.name, "ParameterVersionLabelLimitExceeded")
    }),
  ),
  conformance(
    "a version that does not exist cannot be labelled: ParameterVersionNotFound",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("gap")
      yield* put(aws, name, "one")
      const command = new LabelParameterVersionCommand({ Name: name, ParameterVersion: 5, Labels: ["x"] })
      assert.strictEqual((yield* refusalOf(() => aws.ssm.send(command))).name, "ParameterVersionNotFound")
    }),
  ),
  conformance(
    "a parameter that does not exist cannot be labelled: ParameterNotFound",
    Effect.fnUntraced(function* (aws) {
      const command = new LabelParameterVersionCommand({ Name: aws.unique("absent"), Labels: ["x"] })
      assert.strictEqual((yield* refusalOf(() => aws.ssm.send(command))).name, "ParameterNotFound")
    }),
  ),
]

const deletion = [
  conformance(
    "a deleted parameter is gone, and a new one of its name begins at version 1",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("deleted")
      yield* put(aws, name, "one")
      yield* put(aws, name, "two", { Overwrite: true })
      yield* sdk(() => aws.ssm.send(new DeleteParameterCommand({ Name: name })))
      assert.strictEqual((yield* getRefused(aws, name)).name, "ParameterNotFound")
      assert.strictEqual((yield* put(aws, name, "again")).Version, 1)
    }),
  ),
  conformance(
    "what does not exist cannot be deleted: ParameterNotFound",
    Effect.fnUntraced(function* (aws) {
      const command = new DeleteParameterCommand({ Name: aws.unique("absent") })
      assert.strictEqual((yield* refusalOf(() => aws.ssm.send(command))).name, "ParameterNotFound")
    }),
  ),
  conformance(
    "deleting several tells the deleted from the unknown",
    Effect.fnUntraced(function* (aws) {
      const known = aws.unique("known")
      const unknown = aws.unique("unknown")
      yield* put(aws, known, "one")
      const command = new DeleteParametersCommand({ Names: [known, unknown] })
      const { DeletedParameters, InvalidParameters } = yield* sdk(() => aws.ssm.send(command))
      assert.deepStrictEqual([DeletedParameters, InvalidParameters], [[known], [unknown]])
    }),
  ),
]

export const parameterChangeCases = [...writing, ...labels, ...deletion]

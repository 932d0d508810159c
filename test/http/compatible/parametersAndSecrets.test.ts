/**
 * The reply bodies of the AWS Parameters and Secrets extension, to the letter: fields, order, nulls and dates as they
 * were recorded there (docs/compatibility.md).
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Redacted, Schema } from "effect"
import { goDate, parametersAndSecrets } from "../../../src/http/compatible/parametersAndSecrets.ts"
import type { Value } from "../../../src/domain/Entry.ts"

const { bodyFor } = parametersAndSecrets

const valueOf = (body: string | Uint8Array, details: Record<string, unknown>): Value => ({
  body: Redacted.make(body),
  contentType: "text/plain; charset=utf-8",
  details,
})

const PARAMETER = {
  Name: "/app/db",
  Type: "String",
  Version: 1,
  LastModifiedDate: "2022-11-16T08:22:40.362Z",
  ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/app/db",
  DataType: "text",
}

const SECRET = {
  ARN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-MFUBmH",
  Name: "db",
  VersionId: "b1c367b9-7f53-4a47-82c4-be51a054b953",
  VersionStages: ["AWSCURRENT"],
  CreatedDate: "2022-11-16T08:22:40.500Z",
}

describe("a body of the AWS Parameters and Secrets extension", () => {
  it("has every field of a parameter, null where AWS said nothing", () => {
    assert.strictEqual(
      bodyFor("parameters", valueOf("v", PARAMETER)),
      '{"Parameter":{"ARN":"arn:aws:ssm:us-east-1:123456789012:parameter/app/db","DataType":"text",' +
        '"LastModifiedDate":"2022-11-16T08:22:40.362Z","Name":"/app/db","Selector":null,"SourceResult":null,' +
        '"Type":"String","Value":"v","Version":1},"ResultMetadata":{}}',
    )
  })

  it("says by which selector a version was found", () => {
    const { Parameter } = JSON.parse(bodyFor("parameters", valueOf("v", { ...PARAMETER, Selector: ":live" })))
    assert.strictEqual(Parameter.Selector, ":live")
  })

  it("of a secret by reference has version 0, no data type, and what Secrets Manager said", () => {
    const source = '{"ARN":"…","name":"db"}'
    const { DataType: _, Version: __, ...rest } = { ...PARAMETER, SourceResult: source }
    const { Parameter } = JSON.parse(bodyFor("parameters", valueOf("v", rest)))
    assert.deepInclude(Parameter, { DataType: null, Version: 0, SourceResult: source })
  })

  it("has every field of a secret", () => {
    assert.strictEqual(
      bodyFor("secrets", valueOf('{"user":"u"}', SECRET)),
      '{"ARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:db-MFUBmH",' +
        '"CreatedDate":"2022-11-16T08:22:40.5Z","Name":"db","SecretBinary":null,' +
        '"SecretString":"{\\"user\\":\\"u\\"}","VersionId":"b1c367b9-7f53-4a47-82c4-be51a054b953",' +
        '"VersionStages":["AWSCURRENT"],"ResultMetadata":{}}',
    )
  })

  it.effect.prop("gives the bytes of a binary secret as base64", { bytes: Schema.Uint8Array }, ({ bytes }) =>
    Effect.sync(() => {
      const body = JSON.parse(bodyFor("secrets", valueOf(bytes, SECRET)))
      assert.deepStrictEqual(new Uint8Array(Buffer.from(body.SecretBinary, "base64")), new Uint8Array(bytes))
      assert.isNull(body.SecretString)
    }),
  )

  it("keeps an empty value", () => {
    assert.strictEqual(JSON.parse(bodyFor("parameters", valueOf("", PARAMETER))).Parameter.Value, "")
    assert.strictEqual(JSON.parse(bodyFor("secrets", valueOf("", SECRET))).SecretString, "")
  })
})

describe("a date", () => {
  it.each([
    ["2022-11-16T08:22:40.362Z", "2022-11-16T08:22:40.362Z"],
    ["2022-11-16T08:22:40.360Z", "2022-11-16T08:22:40.36Z"],
    ["2022-11-16T08:22:40.000Z", "2022-11-16T08:22:40Z"],
    [undefined, null],
  ])("is written as Go writes it: %s", (date, written) => {
    assert.strictEqual(goDate(date), written)
  })

  it.effect.prop(
    "stays the same moment",
    { at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_000_000_000_000 })) },
    ({ at }) =>
      Effect.sync(() => {
        assert.strictEqual(Date.parse(String(goDate(DateTime.formatIso(DateTime.makeUnsafe(at))))), at)
      }),
  )
})

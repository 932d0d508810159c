/**
 * The reply bodies of the AWS Parameters and Secrets extension: the reply of AWS's SDK for Go, as that writes it to
 * JSON. Every field is there, null or zero where AWS said nothing; the order is that of the SDK's structs. Pure.
 *
 * The shapes are those that were recorded from that extension; docs/compatibility.md has the sources.
 */
import * as Redacted from "effect/Redacted"
import type { CompatibleKind } from "../../config/ParametersAndSecrets.ts"
import type { Value } from "../../domain/Entry.ts"

type Json = Readonly<Record<string, unknown>>

/** A date as Go writes it (RFC 3339 in UTC): without zeros at the end of the fraction. */
export const goDate = (date: unknown): string | null =>
  typeof date === "string" ? date.replace(/\.?0+Z$/, "Z") : null

const textOf = (body: string | Uint8Array): string | null => (typeof body === "string" ? body : null)

/** Bytes as base64, as in AWS's own JSON. */
const bytesOf = (body: string | Uint8Array): string | null =>
  typeof body === "string" ? null : Buffer.from(body).toString("base64")

const parameter = ({ body, details = {} }: Value): Json => ({
  Parameter: {
    ARN: details["ARN"] ?? null,
    DataType: details["DataType"] ?? null,
    LastModifiedDate: goDate(details["LastModifiedDate"]),
    Name: details["Name"] ?? null,
    Selector: details["Selector"] ?? null,
    SourceResult: details["SourceResult"] ?? null,
    Type: details["Type"] ?? "",
    Value: textOf(Redacted.value(body)),
    Version: details["Version"] ?? 0,
  },
  ResultMetadata: {},
})

const secret = ({ body, details = {} }: Value): Json => ({
  ARN: details["ARN"] ?? null,
  CreatedDate: goDate(details["CreatedDate"]),
  Name: details["Name"] ?? null,
  SecretBinary: bytesOf(Redacted.value(body)),
  SecretString: textOf(Redacted.value(body)),
  VersionId: details["VersionId"] ?? null,
  VersionStages: details["VersionStages"] ?? null,
  ResultMetadata: {},
})

const SHAPES: Readonly<Record<CompatibleKind, (value: Value) => Json>> = {
  parameters: parameter,
  secrets: secret,
}

/** The body for a value, which the caller may show. */
export const bodyFor = (kind: CompatibleKind, value: Value): string => JSON.stringify(SHAPES[kind](value))

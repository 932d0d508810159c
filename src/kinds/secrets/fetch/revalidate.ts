/**
 * Checks by DescribeSecret whether the version in memory still has its staging label (`revalidate: describe`). If so, the value
 * is renewed, and its text is not fetched.
 *
 * `secrets.ts` fetches whatever this leaves open: other versions, secrets that are to be deleted, secrets that may not be
 * described. A version never changes, so the same version is the same value.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
 */
import { DescribeSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Caller } from "../../../aws/AwsClients.ts"
import { accessText } from "../../../domain/Address.ts"
import type { Value } from "../../../domain/Entry.ts"
import type { SourceError } from "../../../domain/SourceError.ts"
import type { Attempt } from "../../Source.ts"
import type { SecretAddress } from "../address.ts"
import { isContradiction } from "./match.ts"
import { checked, type Description } from "./replies.ts"

/** How long a secret that may not be described is fetched without another try, in milliseconds. IAM is eventually consistent. */
const DENIED_PAUSE = 5 * 60_000

/** Cases that DescribeSecret cannot decide: GetSecretValue does. */
const OPEN: ReadonlySet<string> = new Set(["AccessDenied", "InvalidRequest", "NotFound"])

/** The value with the stages that its version has now; undefined if the version has lost the requested stage. */
export const renewed = (
  { secretId, versionStage }: SecretAddress,
  held: Value,
  description: Description,
): Value | undefined => {
  const { ARN, DeletedDate, Name, VersionIdsToStages } = description
  if (held.version === undefined || versionStage === undefined || DeletedDate != null) return undefined
  if (isContradiction({ secretId }, { ARN, Name })) return undefined
  const stages = VersionIdsToStages?.[held.version]
  if (stages?.includes(versionStage) !== true) return undefined
  // The age counts from this check.
  const { askedAt: _, ...value } = held
  return { ...value, details: { ...held.details, VersionStages: stages } }
}

/** Gives the renewed value of an address; undefined if its value must be fetched. */
export type Revalidate = (
  address: SecretAddress,
  held: Value | undefined,
  attempt: Attempt,
) => Effect.Effect<Value | undefined, SourceError>

export const makeRevalidate = (call: Caller<SecretsManagerClient>): Revalidate => {
  /** When DescribeSecret was denied, by secret. Only listed secrets are described, so there are few. */
  const deniedAt = new Map<string, number>()

  const isDenied = (key: string, now: number): boolean => {
    const since = deniedAt.get(key)
    return since !== undefined && now >= since && now < since + DENIED_PAUSE
  }

  const noteDenied = (key: string, { region, secretId }: SecretAddress, now: number) => {
    const isFirst = !deniedAt.has(key)
    deniedAt.set(key, now)
    return isFirst
      ? Effect.logWarning(
          `the secret ${secretId} in ${region} may not be described (secretsmanager:DescribeSecret), so it is fetched instead`,
        )
      : Effect.void
  }

  return Effect.fnUntraced(function* (address, held, attempt) {
    const { revalidate, secretId, versionId, versionStage } = address
    if (revalidate !== "describe" || versionId !== undefined || versionStage === undefined) return undefined
    if (held?.version === undefined) return undefined
    const key = `${accessText(address)} ${secretId}`
    const now = yield* Clock.currentTimeMillis
    if (isDenied(key, now)) return undefined
    const describe = call(address, "DescribeSecret", (client, options) =>
      client.send(new DescribeSecretCommand({ SecretId: secretId }), options).then(checked("DescribeSecret")),
    )
    return yield* attempt(describe).pipe(
      Effect.map((description) => renewed(address, held, description)),
      Effect.catchIf(
        ({ reason }) => OPEN.has(reason._tag),
        ({ reason }) =>
          Effect.as(reason._tag === "AccessDenied" ? noteDenied(key, address, now) : Effect.void, undefined),
      ),
    )
  })
}

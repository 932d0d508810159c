/**
 * Which entry of BatchGetSecretValue answers which of the ids that were asked for: decided here alone, exactly or not at
 * all.
 *
 * AWS answers in its own order, under whole ARNs. An id may be a name, a whole ARN, or an ARN without the hyphen and the
 * six characters at its end. Refusals name the id as it was sent. `Secrets` asks alone for ids without a certain reply.
 * Pure. https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
import { isArn } from "../../../config/fields/arn.ts"
import type { Secret, SecretRefusal } from "./replies.ts"

/** What a batch says of an id: the secret, why there is none, or nothing certain. */
export type Match =
  | { readonly kind: "answer"; readonly secret: Secret }
  | { readonly kind: "refused"; readonly refusal: SecretRefusal }
  | { readonly kind: "alone" }

const ALONE: Match = { kind: "alone" }

/** What Secrets Manager appends to a name to make an ARN. */
const SUFFIX = /-[A-Za-z0-9]{6}$/

/** Whether an ARN is the whole form of an id, which may be that already. */
const isWholeFormOf = (arn: string, id: string): boolean =>
  arn === id || (SUFFIX.test(arn) && arn.replace(SUFFIX, "") === id)

/** Whether a secret is of a stage, as far as it says. */
const isAtStage = ({ VersionStages }: Secret, stage: string | undefined): boolean =>
  stage === undefined || VersionStages == null || VersionStages.includes(stage)

/** The only one of some secrets; several of one ARN are one. */
const onlyOne = (secrets: ReadonlyArray<Secret>): Secret | undefined =>
  new Set(secrets.map(({ ARN, VersionId }) => `${ARN} ${VersionId}`)).size === 1 ? secrets[0] : undefined

const answerTo = (id: string, secrets: ReadonlyArray<Secret>): Secret | undefined => {
  if (!isArn(id)) return onlyOne(secrets.filter(({ Name }) => Name === id))
  const exact = secrets.filter(({ ARN }) => ARN === id)
  if (exact.length > 0) return onlyOne(exact)
  // It may be the whole ARN of one secret and the partial ARN of another.
  if (SUFFIX.test(id)) return undefined
  return onlyOne(secrets.filter(({ ARN }) => ARN != null && isWholeFormOf(ARN, id)))
}

/** What a batch says of each of the ids that were asked for at a stage, in their order. */
export const matchSecrets = (
  ids: ReadonlyArray<string>,
  stage: string,
  secrets: ReadonlyArray<Secret>,
  refusals: ReadonlyArray<SecretRefusal>,
): ReadonlyArray<Match> =>
  ids.map((id): Match => {
    const secret = answerTo(id, secrets)
    const refusal = refusals.find(({ SecretId }) => SecretId === id)
    // A reply with both a value and a refusal is not trusted.
    if (secret !== undefined) {
      return refusal === undefined && isAtStage(secret, stage) ? { kind: "answer", secret } : ALONE
    }
    return refusal === undefined ? ALONE : { kind: "refused", refusal }
  })

/**
 * Whether a reply to GetSecretValue is about another secret, or another version, than was asked for. What it leaves out
 * contradicts nothing.
 */
export const isContradiction = (
  asked: {
    readonly secretId: string
    readonly versionId?: string | undefined
    readonly versionStage?: string | undefined
  },
  secret: Secret,
): boolean => {
  const { ARN, Name, VersionId } = secret
  const id = asked.secretId
  const isOther = isArn(id) ? ARN != null && !isWholeFormOf(ARN, id) : Name != null && Name !== id
  const isOtherVersion = asked.versionId !== undefined && VersionId != null && VersionId !== asked.versionId
  return isOther || isOtherVersion || !isAtStage(secret, asked.versionStage)
}

/**
 * Matches the secrets in a reply of BatchGetSecretValue to the requested ids. A match is certain, or there is none.
 *
 * AWS replies in an order of its own, with full ARNs. An id may be a name, a full ARN, or a partial ARN without the hyphen
 * and six characters at the end. Errors repeat the requested id. Ids without a certain match are fetched one by one.
 * Pure. https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
 */
import { isArn } from "../../arn.ts"
import type { Secret, SecretRefusal } from "./replies.ts"

/** What a batch says about an id: its secret, its error, or nothing certain. */
type Match =
  | { readonly kind: "answer"; readonly secret: Secret }
  | { readonly kind: "refused"; readonly refusal: SecretRefusal }
  | { readonly kind: "alone" }

const ALONE: Match = { kind: "alone" }

/** Secrets Manager appends this to the name in an ARN. */
const SUFFIX = /-[A-Za-z0-9]{6}$/

/** Whether an ARN is the full form of an id, which may itself be a full or a partial ARN. */
const isFullArn = (arn: string, id: string): boolean =>
  arn === id || (SUFFIX.test(arn) && arn.replace(SUFFIX, "") === id)

/** Whether a secret has a stage. Without VersionStages, it is taken to have it. */
const isAtStage = ({ VersionStages }: Secret, stage: string | undefined): boolean =>
  stage === undefined || VersionStages == null || VersionStages.includes(stage)

/** The secret, if all are the same version of the same one. */
const onlyOne = (secrets: ReadonlyArray<Secret>): Secret | undefined =>
  new Set(secrets.map(({ ARN, VersionId }) => `${ARN} ${VersionId}`)).size === 1 ? secrets[0] : undefined

const answerTo = (id: string, secrets: ReadonlyArray<Secret>): Secret | undefined => {
  if (!isArn(id)) return onlyOne(secrets.filter(({ Name }) => Name === id))
  const exact = secrets.filter(({ ARN }) => ARN === id)
  if (exact.length > 0) return onlyOne(exact)
  // The id may be the full ARN of one secret and the partial ARN of another.
  if (SUFFIX.test(id)) return undefined
  return onlyOne(secrets.filter(({ ARN }) => ARN != null && isFullArn(ARN, id)))
}

/** What a batch says about each requested id, in their order. */
export const matchSecrets = (
  ids: ReadonlyArray<string>,
  stage: string,
  secrets: ReadonlyArray<Secret>,
  refusals: ReadonlyArray<SecretRefusal>,
): ReadonlyArray<Match> =>
  ids.map((id): Match => {
    const secret = answerTo(id, secrets)
    const refusal = refusals.find(({ SecretId }) => SecretId === id)
    // A reply with both a value and an error is not trusted.
    if (secret !== undefined) {
      return refusal === undefined && isAtStage(secret, stage) ? { kind: "answer", secret } : ALONE
    }
    return refusal === undefined ? ALONE : { kind: "refused", refusal }
  })

/** Whether a reply of GetSecretValue is about another secret or version than requested. Missing members contradict nothing. */
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
  const isOther = isArn(id) ? ARN != null && !isFullArn(ARN, id) : Name != null && Name !== id
  const isOtherVersion = asked.versionId !== undefined && VersionId != null && VersionId !== asked.versionId
  return isOther || isOtherVersion || !isAtStage(secret, asked.versionStage)
}

/**
 * Secrets Manager, as the service behind a kind.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html: 64 KiB per secret, twenty per batch.
 */
import { KIB } from "../../domain/defaults.ts"
import type { AwsService } from "../Kind.ts"
import { members, METADATA } from "../replyLength.ts"

export const SECRETS_MANAGER: AwsService = {
  id: "SECRETS_MANAGER",
  host: "secretsmanager",
  longestReplies: {
    GetSecretValue: members(1, 64 * KIB),
    DescribeSecret: METADATA * 4,
    BatchGetSecretValue: members(20, 64 * KIB),
  },
}

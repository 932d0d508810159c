/**
 * The RDS Data API, as the service behind a kind.
 *
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.limitations.html: 1 MiB per result. Its requests
 * name the operation in the path.
 */
import { MIB } from "../../domain/defaults.ts"
import type { AwsService } from "../Kind.ts"
import { members } from "../replyLength.ts"

/** The paths of the operations. */
export const PATHS = {
  BeginTransaction: "/BeginTransaction",
  ExecuteStatement: "/Execute",
  RollbackTransaction: "/RollbackTransaction",
} as const

export const RDS_DATA: AwsService = {
  id: "RDS_DATA",
  host: "rds-data",
  longestReplies: { ExecuteStatement: members(1, MIB) },
  operationOf: (_method, path) => Object.entries(PATHS).find(([, end]) => path.endsWith(end))?.[0],
}

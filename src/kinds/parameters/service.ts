/**
 * Parameter Store of AWS Systems Manager, as the service behind a kind.
 *
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html: 8 KB per advanced parameter, ten per reply.
 */
import { KIB } from "../../domain/defaults.ts"
import type { AwsService } from "../Kind.ts"
import { members } from "../replyLength.ts"

export const SSM: AwsService = {
  id: "SSM",
  host: "ssm",
  longestReplies: {
    GetParameter: members(1, 8 * KIB),
    GetParameters: members(10, 8 * KIB),
    GetParametersByPath: members(10, 8 * KIB),
  },
}

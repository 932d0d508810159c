/**
 * AppConfig Data, as the service behind a kind.
 *
 * https://docs.aws.amazon.com/general/latest/gr/appconfig.html: 4 MB at most where the quota was raised. As it is.
 */
import { MIB } from "../../domain/defaults.ts"
import type { AwsService } from "../Kind.ts"

export const APPCONFIGDATA: AwsService = {
  id: "APPCONFIGDATA",
  host: "appconfigdata",
  longestReplies: { GetLatestConfiguration: 4 * MIB },
  operationOf: (method, path) =>
    method === "GET" && path.endsWith("/configuration") ? "GetLatestConfiguration" : undefined,
  // Its token is valid for one call.
  unrepeatable: ["GetLatestConfiguration"],
}

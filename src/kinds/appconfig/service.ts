/**
 * AppConfig Data, as the service behind a kind.
 *
 * https://docs.aws.amazon.com/general/latest/gr/appconfig.html: at most 4 MB, with a raised quota. The body is sent as it
 * is, not as JSON.
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

/**
 * The REST protocol of AppConfig Data and the RDS Data API: method and path carry the operation and part of the input; one
 * member of an answer may be the body, others are headers.
 *
 * `protocol.ts` uses it for both. Pure.
 * https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_Operations_AWS_AppConfig_Data.html
 */
import * as Predicate from "effect/Predicate"

interface RestRequest {
  readonly service: "appconfig" | "rds-data"
  readonly operation: string
  /** Input from the query of the path. */
  readonly input: Readonly<Record<string, unknown>>
}

/** The operation of a method and path; undefined if there is none. */
export const parseRest = (method: string, path: string): RestRequest | undefined => {
  const { pathname, searchParams } = new URL(path, "http://localhost")
  switch (`${method} ${pathname}`) {
    case "POST /configurationsessions":
      return { service: "appconfig", operation: "StartConfigurationSession", input: {} }
    case "GET /configuration":
      return {
        service: "appconfig",
        operation: "GetLatestConfiguration",
        input: { ConfigurationToken: searchParams.get("configuration_token") ?? "" },
      }
    case "POST /Execute":
      return { service: "rds-data", operation: "ExecuteStatement", input: {} }
    case "POST /BeginTransaction":
    case "POST /CommitTransaction":
    case "POST /RollbackTransaction":
      return { service: "rds-data", operation: pathname.slice(1), input: {} }
    default:
      return undefined
  }
}

/** An encoded answer or error. */
interface RestReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

const JSON_TYPE = "application/json"

/** The member that becomes the body, and the headers of the others. */
const PAYLOAD = "Configuration"
const HEADERS: Readonly<Record<string, string>> = {
  NextPollConfigurationToken: "next-poll-configuration-token",
  NextPollIntervalInSeconds: "next-poll-interval-in-seconds",
  ContentType: "content-type",
  VersionLabel: "version-label",
}

export const restReply = (operation: string, result: object): RestReply => {
  if (operation === "StartConfigurationSession") {
    return { status: 201, headers: { "content-type": JSON_TYPE }, body: JSON.stringify(result) }
  }
  const { [PAYLOAD]: payload, ...members } = { [PAYLOAD]: undefined, ...result }
  return {
    status: 200,
    headers: Object.fromEntries(
      Object.entries(members).map(([name, value]) => [HEADERS[name] ?? name, String(value)]),
    ),
    body: Predicate.isUint8Array(payload) ? payload : "",
  }
}

/** An error: its type in a header, everything else in the body. */
export const restError = (type: string, members: object): Omit<RestReply, "status"> => ({
  headers: { "content-type": JSON_TYPE, "x-amzn-errortype": type },
  body: JSON.stringify(members),
})

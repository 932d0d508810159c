/**
 * What a request of AWS's workload credentials provider (formerly Secrets Manager agent) asks for, read from its URL. Pure.
 *
 * The secret stands in the query or in the path, there with slashes as they are or percent-encoded. Anything that is not
 * known is refused, as that one does.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/secrets-manager-agent.html
 */
import * as Result from "effect/Result"
import { isRoleArn } from "../../kinds/access.ts"
import { quote } from "../query.ts"
import { decodePercent } from "../utf8.ts"
import { bad, partsOf, queryOf, refreshNowOf, selectorOf, valueOf } from "./compatibleQuery.ts"
import type { CompatibleRequest, Refusal } from "./Peer.ts"

export const PING_PATH = "/ping"
export const SECRET_PATH = "/secretsmanager/get"
export const PATH_PREFIX = "/v1/"

/** What the clients of that one alone write in a query. */
export const OWN_KEYS = ["refreshNow", "roleArn"] as const

const SELECTORS = ["versionId", "versionStage"] as const
const KEYS = [...SELECTORS, ...OWN_KEYS]

const NOT_FOUND: Refusal = { status: 404, detail: "Not found" }

const secretInPath = (path: string): Result.Result<string, Refusal> => {
  const name = decodePercent(path.slice(PATH_PREFIX.length))
  if (name === undefined) return bad("the path is not percent-encoded UTF-8")
  return name === "" ? bad("missing secret ID") : Result.succeed(name)
}

/** Reads a URL: path and query. */
export const readWorkloadRequest = (url: string): Result.Result<CompatibleRequest, Refusal> =>
  Result.gen(function* () {
    const [path, search] = partsOf(url)
    const isInPath = path.startsWith(PATH_PREFIX)
    if (!isInPath && path !== SECRET_PATH) return yield* Result.fail(NOT_FOUND)

    const query = yield* queryOf(search, isInPath ? KEYS : ["secretId", ...KEYS], "unknown parameter")
    const name = isInPath ? yield* secretInPath(path) : valueOf(query, "secretId")
    if (name === undefined) return yield* bad("missing parameter secretId")

    const refreshNow = yield* refreshNowOf(query)
    const roleArn = query.get("roleArn")
    if (roleArn !== undefined && !isRoleArn(roleArn)) {
      return yield* bad(
        `invalid roleArn format, expected arn:<partition>:iam::<account>:role/<name>; found ${quote(roleArn)}`,
      )
    }
    return {
      kind: "secrets" as const,
      name,
      selector: selectorOf(query, SELECTORS),
      withDecryption: true,
      refreshNow,
      ...(roleArn === undefined ? {} : { roleArn }),
    }
  })

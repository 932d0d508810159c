/**
 * What a request of the AWS Parameters and Secrets extension's routes asks for, read from its URL. Pure.
 *
 * As clients of that extension write URLs: slashes may stand twice at the beginning and before the `?`, `withDecryption` may
 * stand with a secret too. What is not known is refused (`compatibleQuery.ts`); `refreshNow` is ours.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
 */
import * as Result from "effect/Result"
import * as GoBoolean from "../../config/go/GoBoolean.ts"
import type { CompatibleKind } from "../../config/ParametersAndSecrets.ts"
import type { VersionSelector } from "../../config/Plan.ts"
import { quote } from "../query.ts"
import { bad, partsOf, type Query, queryOf, refreshNowOf, selectorOf, valueOf } from "./compatibleQuery.ts"
import type { CompatibleRequest, Purpose, Refusal } from "./Peer.ts"

interface Route {
  readonly kind: CompatibleKind
  readonly nameKey: string
  readonly selectors: ReadonlyArray<keyof VersionSelector>
}

/** The routes of that extension. */
export const ROUTES: Readonly<Record<string, Route>> = {
  "/systemsmanager/parameters/get": {
    kind: "parameters",
    nameKey: "name",
    selectors: ["version", "label"],
  },
  "/secretsmanager/get": {
    kind: "secrets",
    nameKey: "secretId",
    selectors: ["versionId", "versionStage"],
  },
}

/** How a value is read, which means nothing where it is forgotten. */
const READ_KEYS = ["withDecryption", "refreshNow"]

/** What belongs to the other peer, and why it is refused here. */
const ROLE_ARN = "roleArn"

const routeOf = (path: string): Route | undefined => {
  const plain = path.replace(/^\/{2,}/, "/").replace(/\/$/, "")
  return Object.hasOwn(ROUTES, plain) ? ROUTES[plain] : undefined
}

/** Whether a SecureString is wanted in plain text; secrets are never given otherwise. */
const withDecryptionOf = (kind: CompatibleKind, query: Query): Result.Result<boolean, Refusal> => {
  const text = valueOf(query, "withDecryption")
  const value = GoBoolean.parse(text ?? "false")
  if (Result.isFailure(value)) {
    return bad(`the query parameter withDecryption is none of ${GoBoolean.GO_BOOLEANS.join(", ")}`)
  }
  return kind === "secrets" && text !== undefined && !value.success
    ? bad(`the query parameter withDecryption is ${quote(text)}; secrets are always decrypted`)
    : Result.succeed(value.success)
}

const unknownKey = (search: string): string =>
  new URLSearchParams(search).has(ROLE_ARN)
    ? "unknown query parameter, which compatibility.workload_credentials offers for secrets"
    : "unknown query parameter"

/** Reads a URL: path and query. */
export const readRequest = (url: string, purpose: Purpose): Result.Result<CompatibleRequest, Refusal> =>
  Result.gen(function* () {
    const [path, search] = partsOf(url)
    const route = routeOf(path)
    if (route === undefined) {
      const detail = `nothing at ${quote(path)}; there is ${Object.keys(ROUTES).join(", ")}`
      return yield* Result.fail<Refusal>({ status: 404, detail })
    }
    const { kind, nameKey, selectors } = route
    const allowed = [nameKey, ...selectors, ...(purpose === "read" ? READ_KEYS : [])]
    const query = yield* queryOf(search, allowed, unknownKey(search))
    const name = valueOf(query, nameKey)
    if (name === undefined) return yield* bad(`the query parameter ${nameKey} is missing or empty`)

    const selector: VersionSelector = selectorOf(query, selectors)
    if (selector.version !== undefined && selector.label !== undefined) {
      return yield* bad("the query parameters version and label exclude each other")
    }
    const withDecryption = yield* withDecryptionOf(kind, query)
    const refreshNow = yield* refreshNowOf(query)
    return { kind, name, selector, withDecryption, refreshNow }
  })

/**
 * What a request of the AWS Parameters and Secrets extension's routes asks for, read from its URL. Pure.
 *
 * As lenient as that extension: a slash may stand before the `?`, parameters it does not know are ignored, and of
 * one that is there twice the first counts.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
 */
import * as Result from "effect/Result"
import * as GoBoolean from "../../config/GoBoolean.ts"
import type { CompatibleKind } from "../../config/ParametersAndSecrets.ts"
import type { VersionSelector } from "../../config/Plan.ts"
import { decodePercent } from "../utf8.ts"

/** The routes, and the query parameter that says the name. */
export const ROUTES: Readonly<Record<string, readonly [kind: CompatibleKind, nameKey: string]>> = {
  "/systemsmanager/parameters/get": ["parameters", "name"],
  "/secretsmanager/get": ["secrets", "secretId"],
}

export interface CompatibleRequest {
  readonly kind: CompatibleKind
  readonly name: string
  readonly selector: VersionSelector
  /** Whether a SecureString is wanted in plain text. Secrets always are. */
  readonly withDecryption: boolean
}

/** The request is none, and why. */
export type Refusal = { readonly status: 400 | 404; readonly detail: string }

const bad = (detail: string) => Result.fail<Refusal>({ status: 400, detail })

const SELECTORS = {
  parameters: ["version", "label"],
  secrets: ["versionId", "versionStage"],
} as const satisfies Record<CompatibleKind, ReadonlyArray<keyof VersionSelector>>

const selectorIn = (kind: CompatibleKind, query: URLSearchParams): VersionSelector =>
  Object.fromEntries(
    SELECTORS[kind].flatMap((key) => {
      const value = query.get(key)
      return value === null || value === "" ? [] : [[key, value]]
    }),
  )

/** Reads a URL: path and query. */
export const readRequest = (url: string): Result.Result<CompatibleRequest, Refusal> => {
  const [path = "", search = ""] = url.split(/\?(.*)/s, 2)
  const route = ROUTES[path.replace(/\/$/, "")]
  if (route === undefined) {
    return Result.fail({
      status: 404,
      detail: `nothing at ${path}; there is ${Object.keys(ROUTES).join(", ")}`,
    })
  }
  if (decodePercent(search) === undefined) return bad("the query is not percent-encoded UTF-8")

  const [kind, nameKey] = route
  const query = new URLSearchParams(search)
  const name = query.get(nameKey)
  if (name === null || name === "") return bad(`the query parameter ${nameKey} is missing or empty`)

  const selector = selectorIn(kind, query)
  if (selector.version !== undefined && selector.label !== undefined) {
    return bad("the query parameters version and label exclude each other")
  }
  const withDecryption = GoBoolean.parse(query.get("withDecryption") || "false")
  if (Result.isFailure(withDecryption)) {
    return bad(`the query parameter withDecryption is none of ${GoBoolean.GO_BOOLEANS.join(", ")}`)
  }
  return Result.succeed({ kind, name, selector, withDecryption: withDecryption.success })
}

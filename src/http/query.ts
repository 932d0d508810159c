/**
 * The query of a read: `name`, once. Anything else is refused with the names that are allowed, because a
 * misspelt key that is ignored would serve the wrong thing in silence.
 */
import * as Result from "effect/Result"

const ALLOWED = "allowed is name, once"

/** The name asked for in a request's URL (path and query), or what is wrong with the query. */
export const nameIn = (url: string): Result.Result<string, string> => {
  const start = url.indexOf("?")
  const query = start === -1 ? "" : url.slice(start + 1)
  if (isMalformed(query)) return Result.fail("the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)")

  const parameters = new URLSearchParams(query)
  const unknown = [...parameters.keys()].find((key) => key !== "name")
  if (unknown !== undefined)
    return Result.fail(`unknown query parameter ${JSON.stringify(unknown)}; ${ALLOWED}`)

  const names = parameters.getAll("name")
  const [name] = names
  if (name === undefined || name === "")
    return Result.fail(`the query parameter name is missing or empty; ${ALLOWED}`)
  if (names.length > 1)
    return Result.fail(`the query parameter name occurs ${names.length} times; ${ALLOWED}`)
  return Result.succeed(name)
}

const isMalformed = (query: string): boolean => Result.isFailure(Result.try(() => decodeURIComponent(query)))

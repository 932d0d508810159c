import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { nameIn } from "../../src/http/query.ts"

const nameOf = (url: string) => Result.getOrElse(nameIn(url), (detail) => `refused: ${detail}`)

describe("nameIn", () => {
  it("reads a name with slashes, dashes, blanks and non-ASCII letters", () => {
    assert.strictEqual(
      nameOf("/parameters?name=/aws/reference/secretsmanager/secret_info"),
      "/aws/reference/secretsmanager/secret_info",
    )
    assert.strictEqual(nameOf("/dynamodb?name=T-a%20b-%C3%A9"), "T-a b-é")
  })

  it.prop("reads back every name that a client encodes", [Schema.NonEmptyString], ([name]) => {
    const wellFormed = name.toWellFormed()
    assert.strictEqual(nameOf(`/parameters?name=${encodeURIComponent(wellFormed)}`), wellFormed)
  })

  it.each([
    ["/parameters", "the query parameter name is missing or empty; allowed is name, once"],
    ["/parameters?name=", "the query parameter name is missing or empty; allowed is name, once"],
    ["/parameters?nam=A", `unknown query parameter "nam"; allowed is name, once`],
    ["/parameters?name=A&name=B", "the query parameter name occurs 2 times; allowed is name, once"],
    ["/parameters?name=%zz", "the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)"],
  ])("refuses %s", (url, detail) => {
    assert.strictEqual(nameOf(url), `refused: ${detail}`)
  })
})

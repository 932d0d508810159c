/**
 * What is shown of an error of the SDK: AWS's words for a refusal, the network's, and nothing of any reply or header.
 */
import { assert, describe, it } from "@effect/vitest"
import { toSourceError } from "../../src/aws/awsErrors.ts"
import * as sdk from "../../src/aws/sdkErrors.ts"

const SECRET = "n0tF0rTheL0g"

/** An error as the SDK or a runtime throws it. */
const thrown = (name: string, message: string, rest: object = {}) =>
  Object.assign(new Error(message), { name }, rest)

const detailOf = (error: unknown): string => toSourceError(error, sdk).reason.detail

/** AWS's refusal of a signature, word for word but for the values. */
const SIGNATURE =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key " +
  "and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request " +
  `should have been\n'POST\n/\n\nhost:ssm.eu-west-1.amazonaws.com\nx-amz-security-token:${SECRET}\n'`

describe("the detail of a failed call", () => {
  it("has AWS's words for a refusal", () => {
    const error = thrown("AccessDeniedException", "User: me is not authorized to perform: ssm:GetParameter", {
      $fault: "client",
      $response: {},
      __type: "AccessDeniedException",
    })
    assert.strictEqual(
      detailOf(error),
      "AccessDeniedException: User: me is not authorized to perform: ssm:GetParameter",
    )
  })

  it("has the network's words", () => {
    const error = thrown("Error", "connect ECONNREFUSED 127.0.0.1:1", { code: "ECONNREFUSED" })
    assert.strictEqual(detailOf(error), "Error: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1")
  })

  it.each([
    ["in paragraphs", SIGNATURE],
    ["in one line", SIGNATURE.replaceAll("\n", " ")],
  ])("has nothing of the request that AWS quotes where it refuses a signature (%s)", (_, message) => {
    const { reason } = toSourceError(thrown("InvalidSignatureException", message, { $fault: "client" }), sdk)
    assert.strictEqual(reason._tag, "BadSignature")
    assert.match(reason.detail, /^InvalidSignatureException: The request signature .* for details\.$/)
  })

  it.each([
    ["a reply that cannot be read", thrown("SyntaxError", `"${SECRET}" is not JSON`, { $response: {} })],
    ["a header that cannot be sent", thrown("TypeError", `x has invalid value ${SECRET}`)],
    ["a type of error that is none", thrown(`{"Value": "${SECRET}"}`, "", { $fault: "server" })],
    ["a code that is none", thrown("Error", "", { code: `a ${SECRET}` })],
    ["something thrown that is no error", SECRET],
  ])("has nothing of %s", (_, error) => {
    assert.notInclude(detailOf(error), SECRET)
    assert.notStrictEqual(detailOf(error), "")
  })

  it("is a reason whatever AWS calls the error", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      const { reason } = toSourceError(thrown(name, "", { $metadata: { httpStatusCode: 400 } }), sdk)
      assert.strictEqual(reason._tag, "InvalidRequest")
    }
  })
})

/**
 * The reason and the words of whatever an SDK call rejects with, by its parts: name, status, code, type, message.
 * `errorTable.test.ts` has the same names over the wire.
 */
import { assert, describe, it } from "@effect/vitest"
import { NO_REASON, notFound, toSourceError, unavailable } from "../../src/aws/awsErrors.ts"
import { timedOut } from "../../src/domain/SourceError.ts"
import * as sdk from "../../src/aws/sdkErrors.ts"
import { NAMED } from "../support/awsErrorTable.ts"

/** A refusal of AWS as the SDK throws it. */
const refusal = (name: string, status: number | undefined, message = "", rest: object = {}) =>
  Object.assign(new Error(message), {
    name,
    __type: name,
    $fault: "client",
    $response: {},
    $metadata: status === undefined ? {} : { httpStatusCode: status },
    ...rest,
  })

const thrown = (name: string, message: string, rest: object = {}) =>
  Object.assign(new Error(message), { name }, rest)

const reasonOf = (error: unknown) => toSourceError(error, sdk).reason._tag
const detailOf = (error: unknown) => toSourceError(error, sdk).reason.detail

describe("the reason of a refusal", () => {
  it.each(NAMED)("called $name is $reason", ({ name, reason }) => {
    assert.strictEqual(reasonOf(refusal(name, 400)), reason)
  })

  it.each([
    [undefined, "Unavailable"],
    [200, "Unavailable"],
    [399, "Unavailable"],
    [400, "InvalidRequest"],
    [403, "AccessDenied"],
    [404, "InvalidRequest"],
    [429, "Throttled"],
    [499, "InvalidRequest"],
    [500, "Unavailable"],
    [501, "Unavailable"],
    [503, "Unavailable"],
    [599, "Unavailable"],
  ] as const)("of a name that nobody knows is, with status %s, %s", (status, reason) => {
    assert.strictEqual(reasonOf(refusal("NobodyKnowsIt", status)), reason)
  })

  it("is throttling with status 429, whatever its name and whoever wrote it", () => {
    assert.strictEqual(reasonOf(refusal("AccessDeniedException", 429)), "Throttled")
    assert.strictEqual(reasonOf(refusal("Unknown", 429, "", { __type: undefined })), "Throttled")
  })

  it("is what the SDK says where it says that it may be retried, and a fault of the server's is one", () => {
    assert.strictEqual(reasonOf(refusal("New", 400, "", { $retryable: { throttling: true } })), "Throttled")
    assert.strictEqual(reasonOf(refusal("New", 400, "", { $fault: "server" })), "Unavailable")
  })

  it.each([
    "You can't perform this operation on the secret because it was marked for deletion.",
    "An operation on a secret that is scheduled for deletion",
    "You can't perform this operation on the secret because it was deleted.",
    "this secret was marked deleted",
  ])("is NotFound where AWS says: %s", (message) => {
    assert.strictEqual(reasonOf(refusal("InvalidRequestException", 400, message)), "NotFound")
    assert.strictEqual(reasonOf(refusal("InvalidRequestException", 403, message)), "AccessDenied")
  })

  it("is InvalidRequest where AWS says anything else, or nothing", () => {
    assert.strictEqual(
      reasonOf(refusal("InvalidRequestException", 400, "it is a deletion")),
      "InvalidRequest",
    )
    const silent = { ...refusal("InvalidRequestException", 400), message: undefined }
    assert.strictEqual(reasonOf(silent), "InvalidRequest")
  })
})

describe("what stood in the way of a call", () => {
  it.each([
    "ECONNRESET",
    "ECONNREFUSED",
    "EPIPE",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ETIMEDOUT",
    "ERR_SOCKET_CLOSED",
    "ConnectionRefused",
    "ConnectionClosed",
    "FailedToOpenSocket",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "ERR_TLS_CERT_ALTNAME_INVALID",
  ])("is a lost connection with the code %s, in the network's words", (code) => {
    const error = thrown("Error", "the network's words", { code })
    assert.strictEqual(reasonOf(error), "ConnectionLost")
    assert.strictEqual(detailOf(error), `Error: ${code}: the network's words`)
    assert.strictEqual(reasonOf(thrown("Error", "", { code: `x${code}` })), "Unavailable")
  })

  it("is a lost connection where the SDK calls one that broke a time-out, and a time-out else", () => {
    for (const code of ["ECONNRESET", "EPIPE"])
      assert.strictEqual(reasonOf(thrown("TimeoutError", "", { code })), "ConnectionLost")
    assert.strictEqual(reasonOf(thrown("TimeoutError", "", { code: "ETIMEDOUT" })), "TimedOut")
    assert.strictEqual(reasonOf(thrown("TimeoutError", "", { code: "ECONNRESETS" })), "TimedOut")
    assert.strictEqual(
      reasonOf(refusal("AccessDeniedException", 400, "", { code: "ECONNREFUSED" })),
      "ConnectionLost",
    )
  })

  it.each([
    ["TimeoutError", "TimedOut"],
    ["AbortError", "TimedOut"],
    ["CredentialsProviderError", "ExpiredCredentials"],
    ["UnusableReply", "Unavailable"],
  ])("is told in the words of a %s, also after a reply", (name, reason) => {
    const error = thrown(name, "its own words", { $response: {} })
    assert.strictEqual(detailOf(error), `${name}: its own words`)
    assert.strictEqual(reasonOf(error), reason)
  })

  it("is told in no words where nobody knows whose they are", () => {
    assert.strictEqual(
      detailOf(thrown("TypeError", "a b c")),
      "TypeError: the call failed before AWS answered",
    )
    for (const cause of [null, undefined, 1, "text"])
      assert.strictEqual(detailOf(cause), "the call failed before AWS answered")
  })
})

describe("a reply that names no error of AWS", () => {
  const foreign = (status: number | undefined, rest: object = {}) =>
    refusal("AccessDeniedException", status, "a page", { __type: undefined, ...rest })

  it.each([undefined, 200, 299])("cannot be read with status %s", (status) => {
    assert.strictEqual(detailOf(foreign(status)), "AWS's reply cannot be read")
    assert.strictEqual(reasonOf(foreign(status)), "Unavailable")
  })

  it.each([300, 403, 502])("is said with status %d to come from something on the way", (status) => {
    assert.strictEqual(
      detailOf(foreign(status)),
      `a reply with status ${status} that does not name an error of AWS: is there a proxy or a firewall on the way?`,
    )
    assert.strictEqual(reasonOf(foreign(status)), "Unavailable")
  })

  it.each<readonly [string, object, boolean]>([
    ["a type in a header", { "x-amzn-errortype": "AccessDeniedException" }, true],
    ["a type in a header among others", { server: "x", "X-Amzn-Errortype": "a", date: "y" }, true],
    ["an empty type in a header", { "x-amzn-errortype": "" }, false],
    ["a type in a header that is no text", { "x-amzn-errortype": 403 }, false],
    ["another header", { "x-amzn-requestid": "AccessDeniedException" }, false],
  ])("is known by %s", (_, headers, isAws) => {
    const error = foreign(400, { $response: { headers } })
    assert.strictEqual(reasonOf(error), isAws ? "AccessDenied" : "Unavailable")
  })

  it("is none without a type and with headers that are none", () => {
    for (const $response of [null, 1, { headers: null }, { headers: "x-amzn-errortype" }])
      assert.strictEqual(reasonOf(foreign(400, { $response })), "Unavailable")
    assert.strictEqual(reasonOf(foreign(400, { Code: "AccessDenied" })), "AccessDenied")
  })
})

describe("AWS's words for a refusal", () => {
  const wordsOf = (message: unknown) =>
    detailOf(Object.assign(refusal("X", 400), { message })).replace(/^X: /, "")

  it("are its first paragraph, of 500 characters at most", () => {
    assert.strictEqual(wordsOf("  first \n second"), "first")
    assert.strictEqual(wordsOf("first\r\nsecond"), "first")
    assert.strictEqual(wordsOf("x".repeat(500)), "x".repeat(500))
    assert.strictEqual(wordsOf("x".repeat(501)), "x".repeat(500))
  })

  it.each(["", "UnknownError", "Unknown", undefined, null])(
    "say that there is no reason where they are %s",
    (words) => {
      assert.strictEqual(wordsOf(words), NO_REASON)
    },
  )

  it("stand behind the name and the code, each once and only if it is one", () => {
    assert.strictEqual(detailOf(refusal("Some.Name$1", 400, "words", { code: "C" })), "Some.Name$1: C: words")
    assert.strictEqual(detailOf(refusal("Same", 400, "words", { code: "Same" })), "Same: words")
    assert.strictEqual(detailOf(refusal("a b", 400, "words", { code: 5 })), "words")
    assert.strictEqual(detailOf(refusal("n".repeat(100), 400, "words")), `${"n".repeat(100)}: words`)
    assert.strictEqual(detailOf(refusal("n".repeat(101), 400, "words")), "words")
  })
})

describe("an error that is one of ours", () => {
  it("stays as it is", () => {
    const error = notFound("there is none")
    assert.strictEqual(toSourceError(error, sdk), error)
  })

  it("says what it was made with", () => {
    assert.deepInclude(notFound("there is none").reason, { _tag: "NotFound", detail: "there is none" })
    assert.deepInclude(timedOut("no answer").reason, { _tag: "TimedOut", detail: "no answer" })
    assert.deepInclude(unavailable("no reply").reason, { _tag: "Unavailable", detail: "no reply" })
  })
})

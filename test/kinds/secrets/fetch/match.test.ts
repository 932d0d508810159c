/**
 * Which entry of BatchGetSecretValue answers which id: exactly, or the id is asked for alone.
 */
import { assert, describe, it } from "@effect/vitest"
import { isContradiction, matchSecrets } from "../../../../src/kinds/secrets/fetch/match.ts"
import type { Secret, SecretRefusal } from "../../../../src/kinds/secrets/fetch/replies.ts"

const STAGE = "AWSCURRENT"
const arnOf = (name: string, suffix = "-AbCdEf") =>
  `arn:aws:secretsmanager:us-west-2:123456789012:secret:${name}${suffix}`
const secret = (name: string, more: Partial<Secret> = {}): Secret => ({
  SecretString: `value of ${name}`,
  Name: name,
  ARN: arnOf(name),
  VersionId: "v1",
  VersionStages: [STAGE],
  ...more,
})
const refusal = (SecretId: string): SecretRefusal => ({ SecretId, ErrorCode: "ResourceNotFoundException" })

/** What is said of one id. */
const matchOf = (id: string, secrets: ReadonlyArray<Secret>, refusals: ReadonlyArray<SecretRefusal> = []) => {
  const [match] = matchSecrets([id], STAGE, secrets, refusals)
  return match?.kind === "answer" ? match.secret.SecretString : match?.kind
}

describe("an id of a batch of secrets", () => {
  it.each<readonly [string, id: string, secrets: ReadonlyArray<Secret>, said: string]>([
    ["a name", "a", [secret("b"), secret("a")], "value of a"],
    ["a name, in no part of it", "a", [secret("ab"), secret("ba")], "alone"],
    ["a name, whatever the ARN is", "a", [secret("a", { ARN: undefined })], "value of a"],
    [
      "a name of which two secrets come",
      "a",
      [secret("a"), secret("a", { ARN: arnOf("a", "-Gggggg") })],
      "alone",
    ],
    ["a name of which two versions come", "a", [secret("a"), secret("a", { VersionId: "v2" })], "alone"],
    ["a name that comes twice as the same", "a", [secret("a"), secret("a")], "value of a"],
    ["a whole ARN", arnOf("a"), [secret("b"), secret("a")], "value of a"],
    [
      "a whole ARN, not of another suffix",
      arnOf("a"),
      [secret("a", { ARN: arnOf("a", "-Gggggg") })],
      "alone",
    ],
    [
      "a whole ARN of which two versions come",
      arnOf("a"),
      [secret("a"), secret("a", { VersionId: "v2" })],
      "alone",
    ],
    ["a partial ARN", arnOf("a", ""), [secret("b"), secret("a")], "value of a"],
    ["a partial ARN, not of a longer name", arnOf("a", ""), [secret("a-more")], "alone"],
    ["a partial ARN of a secret without one", arnOf("a", ""), [secret("a", { ARN: undefined })], "alone"],
    [
      "a partial ARN of two",
      arnOf("a", ""),
      [secret("a"), secret("a", { ARN: arnOf("a", "-Gggggg") })],
      "alone",
    ],
    ["a partial ARN that may be whole", arnOf("a"), [secret("a", { ARN: arnOf("a-AbCdEf") })], "alone"],
    [
      "an exact ARN before a partial one",
      arnOf("a", ""),
      [secret("x", { ARN: arnOf("a", "") }), secret("a")],
      "value of x",
    ],
    ["no secret", "a", [], "alone"],
    ["a secret at another stage", "a", [secret("a", { VersionStages: ["AWSPREVIOUS"] })], "alone"],
    ["a secret that says no stage", "a", [secret("a", { VersionStages: null })], "value of a"],
    ["a secret of several stages", "a", [secret("a", { VersionStages: ["x", STAGE] })], "value of a"],
  ])("that is %s", (_, id, secrets, said) => {
    assert.strictEqual(matchOf(id, secrets), said)
  })

  it("is refused where a refusal names it as it was asked for, and asked for alone where both come", () => {
    assert.strictEqual(matchOf("a", [], [refusal("b"), refusal("a")]), "refused")
    assert.strictEqual(matchOf("a", [], [refusal("b")]), "alone")
    assert.strictEqual(matchOf("a", [secret("a")], [refusal("a")]), "alone")
    assert.strictEqual(matchOf("a", [secret("a")], [refusal("b")]), "value of a")
    assert.deepStrictEqual(matchSecrets(["b", "a"], STAGE, [secret("a")], [refusal("b")]), [
      { kind: "refused", refusal: refusal("b") },
      { kind: "answer", secret: secret("a") },
    ])
  })
})

describe("the reply to a question for one secret", () => {
  it.each<readonly [string, asked: Parameters<typeof isContradiction>[0], reply: Secret, boolean]>([
    ["the name", { secretId: "a" }, secret("a"), false],
    ["another name", { secretId: "a" }, secret("b"), true],
    ["no name", { secretId: "a" }, secret("b", { Name: undefined }), false],
    ["a null for a name", { secretId: "a" }, secret("b", { Name: null }), false],
    ["the whole ARN", { secretId: arnOf("a") }, secret("a"), false],
    ["the whole of a partial ARN", { secretId: arnOf("a", "") }, secret("a"), false],
    ["another ARN", { secretId: arnOf("a") }, secret("b"), true],
    ["another whole of a partial ARN", { secretId: arnOf("a", "") }, secret("b"), true],
    [
      "a longer ARN that is no whole of it",
      { secretId: arnOf("a", "") },
      secret("a", { ARN: arnOf("a", "-short") }),
      true,
    ],
    ["no ARN", { secretId: arnOf("a") }, secret("b", { ARN: undefined }), false],
    ["an ARN that a name does not look at", { secretId: "a" }, secret("a", { ARN: arnOf("b") }), false],
    ["the version", { secretId: "a", versionId: "v1" }, secret("a"), false],
    ["another version", { secretId: "a", versionId: "v2" }, secret("a"), true],
    ["no version", { secretId: "a", versionId: "v2" }, secret("a", { VersionId: undefined }), false],
    ["the stage", { secretId: "a", versionStage: STAGE }, secret("a"), false],
    ["another stage", { secretId: "a", versionStage: "AWSPREVIOUS" }, secret("a"), true],
    [
      "no stages",
      { secretId: "a", versionStage: "AWSPREVIOUS" },
      secret("a", { VersionStages: undefined }),
      false,
    ],
    ["any stage where none was asked for", { secretId: "a" }, secret("a", { VersionStages: ["x"] }), false],
  ])("that has %s", (_, asked, reply, expected) => {
    assert.strictEqual(isContradiction(asked, reply), expected)
  })
})

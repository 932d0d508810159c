/**
 * What Parameter Store does with paths and with references to secrets, told in SDK calls.
 *
 * Sources: API_GetParametersByPath, and docs.aws.amazon.com/systems-manager/latest/userguide/
 * integration-ps-secretsmanager.html. Run by conformance.test.ts.
 */
import { CreateSecretCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { GetParametersByPathCommand, type GetParametersByPathCommandInput } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf, sdk } from "../support/aws.ts"
import { get, getAll, getRefused, label, put } from "./parameterCalls.ts"
import { type Aws, conformance } from "./Target.ts"

const byPath = (aws: Aws, path: string, more: Partial<GetParametersByPathCommandInput> = {}) =>
  sdk(() => aws.ssm.send(new GetParametersByPathCommand({ Path: path, ...more })))
const byPathRefused = (aws: Aws, path: string, more: Partial<GetParametersByPathCommandInput> = {}) =>
  refusalOf(() => aws.ssm.send(new GetParametersByPathCommand({ Path: path, ...more })))

const namesBelow = (aws: Aws, path: string, more?: Partial<GetParametersByPathCommandInput>) =>
  byPath(aws, path, more).pipe(
    Effect.map(({ Parameters = [] }) => Parameters.map(({ Name = "" }) => Name).toSorted()),
  )

const putTree = Effect.fnUntraced(function* (aws: Aws) {
  const root = `/${aws.unique("tree")}`
  yield* put(aws, `${root}/a`, "1")
  yield* put(aws, `${root}/b/c`, "2")
  yield* put(aws, `${root}/b/d/e`, "3")
  yield* put(aws, `${root}-other/a`, "4")
  return root
})

const paths = [
  conformance(
    "a path read recursively gives everything below it and nothing beside it",
    Effect.fnUntraced(function* (aws) {
      const root = yield* putTree(aws)
      const names = yield* namesBelow(aws, root, { Recursive: true })
      assert.deepStrictEqual(names, [`${root}/a`, `${root}/b/c`, `${root}/b/d/e`])
    }),
  ),
  conformance(
    "a path read otherwise gives one level",
    Effect.fnUntraced(function* (aws) {
      const root = yield* putTree(aws)
      assert.deepStrictEqual(yield* namesBelow(aws, root), [`${root}/a`])
      assert.deepStrictEqual(yield* namesBelow(aws, `${root}/b`), [`${root}/b/c`])
    }),
  ),
  conformance(
    "AWS's own parameters are read by name and by path",
    Effect.fnUntraced(function* (aws) {
      const root = "/aws/service/global-infrastructure/regions/us-west-2"
      assert.strictEqual((yield* get(aws, `${root}/longName`))?.Value, "US West (Oregon)")
      assert.include(yield* namesBelow(aws, root), `${root}/longName`)
    }),
  ),
  conformance(
    "AWS's own parameters belong to no account, and are below no other path",
    Effect.fnUntraced(function* (aws) {
      const parameter = yield* get(aws, "/aws/service/global-infrastructure/regions/us-west-2")
      assert.match(parameter?.ARN ?? "", /^arn:aws:ssm:[a-z0-9-]+::parameter\/aws\/service\//)
      const all = yield* namesBelow(aws, "/", { Recursive: true })
      assert.isFalse(all.some((name) => name.startsWith("/aws/")))
    }),
  ),
  conformance(
    "a slash at the end of a path makes no difference",
    Effect.fnUntraced(function* (aws) {
      const root = yield* putTree(aws)
      assert.deepStrictEqual(yield* namesBelow(aws, `${root}/`), [`${root}/a`])
    }),
  ),
  conformance(
    "a path with nothing below it is an empty answer, not an error",
    Effect.fnUntraced(function* (aws) {
      assert.deepStrictEqual(yield* namesBelow(aws, `/${aws.unique("empty")}`), [])
    }),
  ),
  conformance(
    "a path gives at most ten a page, and NextToken leads through all",
    Effect.fnUntraced(function* (aws) {
      const root = `/${aws.unique("pages")}`
      const expected = Array.from({ length: 23 }, (_, index) => `${root}/${index}`).toSorted()
      yield* Effect.forEach(expected, (name) => put(aws, name, "x"))
      const seen: Array<string> = []
      const sizes: Array<number> = []
      let token: string | undefined
      do {
        const page = yield* byPath(aws, root, token === undefined ? {} : { NextToken: token })
        seen.push(...(page.Parameters ?? []).map(({ Name = "" }) => Name))
        sizes.push(page.Parameters?.length ?? 0)
        token = page.NextToken
      } while (token !== undefined)
      assert.deepStrictEqual(seen.toSorted(), expected)
      assert.isAtMost(Math.max(...sizes), 10)
    }),
  ),
  conformance(
    "MaxResults makes the pages smaller",
    Effect.fnUntraced(function* (aws) {
      const root = yield* putTree(aws)
      const page = yield* byPath(aws, root, { Recursive: true, MaxResults: 2 })
      assert.strictEqual(page.Parameters?.length, 2)
      assert.isString(page.NextToken)
    }),
  ),
  conformance(
    "pages of more than ten are refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* byPathRefused(aws, "/x", { MaxResults: 11 })).name, "ValidationException")
    }),
  ),
  conformance(
    "a token that AWS did not give is refused: InvalidNextToken",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* byPathRefused(aws, "/x", { NextToken: "made up" })).name, "InvalidNextToken")
    }),
  ),
  conformance(
    "a path begins with a slash: ValidationException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* byPathRefused(aws, "app/prod")).name, "ValidationException")
    }),
  ),
  conformance(
    "SecureStrings below a path are read in clear only with decryption",
    Effect.fnUntraced(function* (aws) {
      const root = `/${aws.unique("sealed")}`
      yield* put(aws, `${root}/a`, "s3cr3t", { Type: "SecureString" })
      const clear = yield* byPath(aws, root, { WithDecryption: true })
      const sealed = yield* byPath(aws, root)
      assert.strictEqual(clear.Parameters?.[0]?.Value, "s3cr3t")
      assert.strictEqual(sealed.Parameters?.length, 1)
      assert.notInclude(sealed.Parameters?.[0]?.Value ?? "", "s3cr3t")
    }),
  ),
  conformance(
    "a path can be filtered by label",
    Effect.fnUntraced(function* (aws) {
      const root = yield* putTree(aws)
      yield* label(aws, `${root}/b/c`, ["prod"])
      const filters = [{ Key: "Label", Option: "Equals", Values: ["prod"] }]
      const names = yield* namesBelow(aws, root, { Recursive: true, ParameterFilters: filters })
      assert.deepStrictEqual(names, [`${root}/b/c`])
    }),
  ),
  conformance(
    "a path can be filtered by type",
    Effect.fnUntraced(function* (aws) {
      const root = yield* putTree(aws)
      yield* put(aws, `${root}/secure`, "x", { Type: "SecureString" })
      const filters = [{ Key: "Type", Option: "Equals", Values: ["SecureString"] }]
      const names = yield* namesBelow(aws, root, { Recursive: true, ParameterFilters: filters })
      assert.deepStrictEqual(names, [`${root}/secure`])
    }),
  ),
]

const REFERENCE = "/aws/reference/secretsmanager/"
const createSecret = Effect.fnUntraced(function* (aws: Aws, value: string) {
  const name = aws.unique("referenced")
  yield* sdk(() => aws.secrets.send(new CreateSecretCommand({ Name: name, SecretString: value })))
  return name
})

const references = [
  conformance(
    "a secret is read through Parameter Store as a SecureString of version 0",
    Effect.fnUntraced(function* (aws) {
      const secret = yield* createSecret(aws, "s3cr3t")
      const parameter = yield* get(aws, REFERENCE + secret, { WithDecryption: true })
      assert.deepStrictEqual(
        [parameter?.Value, parameter?.Type, parameter?.Version],
        ["s3cr3t", "SecureString", 0],
      )
    }),
  ),
  conformance(
    "the name of a secret reference is its whole path, and its SourceResult tells of the secret",
    Effect.fnUntraced(function* (aws) {
      const secret = yield* createSecret(aws, "s3cr3t")
      const parameter = yield* get(aws, REFERENCE + secret, { WithDecryption: true })
      assert.strictEqual(parameter?.Name, REFERENCE + secret)
      const source = JSON.parse(parameter?.SourceResult ?? "{}") as { name?: string; ARN?: string }
      assert.strictEqual(source.name, secret)
      assert.include(source.ARN, `:secretsmanager:`)
    }),
  ),
  conformance(
    "a secret reference needs decryption: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const secret = yield* createSecret(aws, "s3cr3t")
      assert.strictEqual((yield* getRefused(aws, REFERENCE + secret)).name, "ValidationException")
    }),
  ),
  conformance(
    "a reference to no secret is ParameterNotFound, and says so",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("absent")
      const refusal = yield* getRefused(aws, REFERENCE + name, { WithDecryption: true })
      assert.strictEqual(refusal.name, "ParameterNotFound")
      assert.match(refusal.message, new RegExp(`Secret .*${name}.* not found`))
    }),
  ),
  conformance(
    "a reference can choose a stage of the secret",
    Effect.fnUntraced(function* (aws) {
      const secret = yield* createSecret(aws, "old")
      yield* sdk(() => aws.secrets.send(new PutSecretValueCommand({ SecretId: secret, SecretString: "new" })))
      const read = (stage: string) => get(aws, `${REFERENCE}${secret}:${stage}`, { WithDecryption: true })
      assert.strictEqual((yield* read("AWSPREVIOUS"))?.Value, "old")
      assert.strictEqual((yield* read("AWSCURRENT"))?.Value, "new")
    }),
  ),
  conformance(
    "a reference can choose a version of the secret",
    Effect.fnUntraced(function* (aws) {
      const secret = yield* createSecret(aws, "old")
      const put = new PutSecretValueCommand({ SecretId: secret, SecretString: "new" })
      const { VersionId } = yield* sdk(() => aws.secrets.send(put))
      const parameter = yield* get(aws, `${REFERENCE}${secret}:${VersionId}`, { WithDecryption: true })
      assert.strictEqual(parameter?.Value, "new")
    }),
  ),
  conformance(
    "parameters and secret references are read in one call",
    Effect.fnUntraced(function* (aws) {
      const secret = yield* createSecret(aws, "s3cr3t")
      const name = aws.unique("beside")
      yield* put(aws, name, "plain")
      const { Parameters = [] } = yield* getAll(aws, [name, REFERENCE + secret])
      assert.deepStrictEqual(Parameters.map(({ Value }) => Value).toSorted(), ["plain", "s3cr3t"])
    }),
  ),
  conformance(
    "a missing secret reference does not spoil the call for the others",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("beside")
      const missing = REFERENCE + aws.unique("absent")
      yield* put(aws, name, "plain")
      const { Parameters = [], InvalidParameters } = yield* getAll(aws, [name, missing])
      assert.deepStrictEqual(
        [Parameters.map(({ Value }) => Value), InvalidParameters],
        [["plain"], [missing]],
      )
    }),
  ),
]

export const pathCases = [...paths, ...references]

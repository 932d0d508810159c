/**
 * What each of AWS's errors means to the extension. Each row of `support/awsErrorTable.ts` comes over the wire of local
 * AWS, in the protocol of its service, through the real SDK; then the reason decides about the rest.
 */
import { StartConfigurationSessionCommand } from "@aws-sdk/client-appconfigdata"
import { GetItemCommand } from "@aws-sdk/client-dynamodb"
import { GenerateDataKeyCommand } from "@aws-sdk/client-kms"
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { ExecuteStatementCommand } from "@aws-sdk/client-rds-data"
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterError, afterValue } from "../../src/cache/Slot.ts"
import { REASONS, SourceError } from "../../src/domain/SourceError.ts"
import { fromSourceError, PROBLEMS } from "../../src/http/problems.ts"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { type Service, SERVICES } from "../../local/aws/protocol.ts"
import { toSourceError } from "../../src/aws/awsErrors.ts"
import { retryRule } from "../../src/sources/retry.ts"
import * as sdk from "../../src/aws/sdkErrors.ts"
import { awsClients, awsLayer, type Clients } from "../support/aws.ts"
import { CONSEQUENCES, type ErrorRow, type Fate, NAMED, OTHERS } from "../support/awsErrorTable.ts"
import { POLICY, text } from "../support/entries.ts"
import { codesIn, tablesOf, textOf } from "../docs/markdown.ts"

const ask = (clients: Clients, service: Service): Promise<unknown> => {
  switch (service) {
    case "ssm":
      return clients.ssm.send(new GetParameterCommand({ Name: "A" }))
    case "secretsmanager":
      return clients.secrets.send(new GetSecretValueCommand({ SecretId: "S" }))
    case "dynamodb":
      return clients.dynamo.send(new GetItemCommand({ TableName: "Things", Key: { id: { S: "one" } } }))
    case "appconfig":
      return clients.appconfig.send(
        new StartConfigurationSessionCommand({
          ApplicationIdentifier: "shop",
          EnvironmentIdentifier: "prod",
          ConfigurationProfileIdentifier: "flags",
        }),
      )
    case "s3":
      return clients.s3.send(new GetObjectCommand({ Bucket: "things", Key: "one" }))
    case "rds-data":
      return clients.rdsData.send(
        new ExecuteStatementCommand({ resourceArn: "cluster", secretArn: "secret", sql: "SELECT 1" }),
      )
    case "kms":
      return clients.kms.send(new GenerateDataKeyCommand({ KeyId: "alias/a", KeySpec: "AES_256" }))
    case "sts":
      return clients.sts.send(
        new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/reader", RoleSessionName: "test" }),
      )
  }
}

/** What an SDK call is rejected with under a fault. */
const errorUnder = (clients: Clients, service: Service) =>
  Effect.tryPromise(() => ask(clients, service)).pipe(
    Effect.matchEffect({
      onFailure: ({ cause }) => Effect.succeed(toSourceError(cause, sdk)),
      onSuccess: () => Effect.die("AWS answered"),
    }),
  )

/** Every effect, on every service: what it is taken for. */
const under = (effects: ReadonlyArray<readonly [FaultEffect, ReadonlyArray<Service>]>) =>
  Effect.gen(function* () {
    const { faults } = yield* AwsEmulator
    const clients = yield* awsClients()
    const errors: Array<{
      readonly effect: FaultEffect
      readonly service: Service
      readonly error: SourceError
    }> = []
    for (const [effect, services] of effects) {
      yield* faults.clear
      yield* faults.inject({ effect })
      for (const service of services)
        errors.push({ effect, service, error: yield* errorUnder(clients, service) })
    }
    return errors
  }).pipe(Effect.scoped, Effect.provide(awsLayer), Effect.orDie)

const effectOf = ({ message, name, status = 400 }: ErrorRow): FaultEffect => ({
  kind: "error",
  type: name,
  status,
  ...(message === undefined ? {} : { message }),
})

const wordsOf = ({ message, name, status }: ErrorRow) => [name, status, message].filter(Boolean).join(" ")

describe("an error of AWS", () => {
  it.live.each([...NAMED, ...OTHERS].map((row) => [wordsOf(row), row.reason, row] as const))(
    "%s is %s",
    ([, , row]) =>
      Effect.gen(function* () {
        for (const { error, service } of yield* under([[effectOf(row), row.services ?? SERVICES]])) {
          assert.strictEqual(error.reason._tag, row.reason, service)
          assert.notMatch(error.message, /Unknown/)
          if (row.message !== undefined) assert.include(error.message, row.message)
        }
      }),
  )

  it("has every name that the source knows in this table", () => {
    const source = textOf("src/aws/awsErrors.ts")
    const names = source.slice(source.indexOf("const NAMES"), source.indexOf("const REASONS"))
    const raisedHere = ["CredentialsProviderError", "TimeoutError", "AbortError"]
    const inSource = Array.from(names.matchAll(/"(\w+)"/g), ([, name = ""]) => name)
    assert.isAbove(inSource.length, 40)
    assert.includeMembers([...NAMED.map(({ name }) => name), ...raisedHere], inSource)
  })

  it("stands in docs/fetching.md under its reason", () => {
    const rows = tablesOf(textOf("docs/fetching.md"), "reason", "AWS's error names")
    const documented = rows.flatMap(([reason = "", names = ""]) =>
      codesIn(names).map((name) => `${name} is ${reason}`),
    )
    assert.sameMembers(
      documented,
      NAMED.map(({ name, reason }) => `${name} is ${reason}`),
    )
  })
})

describe("a reply that AWS did not write", () => {
  const STATUSES = [400, 401, 403, 404, 405, 407, 408, 413, 421, 451, 500, 502, 503, 504]

  it.live("is no answer of AWS, whatever its status, and says so with it", () =>
    Effect.gen(function* () {
      const pages = STATUSES.map((status) => [{ kind: "page", status } as const, SERVICES] as const)
      for (const { effect, error, service } of yield* under(pages)) {
        const status = "status" in effect ? effect.status : 0
        assert.strictEqual(error.reason._tag, "Unavailable", `${service} ${status}`)
        assert.include(error.message, `status ${status}`)
        assert.notMatch(error.message, /html|Syntax|Unexpected|AccessDenied/i)
      }
    }),
  )

  it.live("is heeded where it asks for fewer calls", () =>
    Effect.gen(function* () {
      for (const { error } of yield* under([[{ kind: "page", status: 429 }, SERVICES]]))
        assert.strictEqual(error.reason._tag, "Throttled")
    }),
  )

  it.live("is none with status 200, too", () =>
    Effect.gen(function* () {
      for (const { error } of yield* under([
        [{ kind: "page", status: 200 }, ["ssm", "secretsmanager", "dynamodb"]],
      ])) {
        assert.strictEqual(error.reason._tag, "Unavailable")
        assert.include(error.message, "cannot be read")
      }
    }),
  )

  /** What a box between may write as JSON, and what the SDK makes of it. */
  const json = (name: string, more: object) =>
    Object.assign(new Error("blocked"), {
      name,
      $fault: "client",
      $metadata: { httpStatusCode: 403 },
      $response: { headers: { "content-type": "application/json" } },
      ...more,
    })

  it.each([
    ["no type", json("Unknown", {})],
    ["a code of its own", json("Forbidden", { code: "Forbidden" })],
    ["an empty type", json("Unknown", { __type: "" })],
    ["a type that is no text", json("Unknown", { __type: 403 })],
    ["a number", json("403", { code: 403 })],
  ])("is none although it is JSON: with %s", (_, error) => {
    assert.strictEqual(toSourceError(error, sdk).reason._tag, "Unavailable")
  })

  it.each([
    ["in its body", { __type: "AccessDeniedException" }],
    ["in a header", { $response: { headers: { "x-amzn-errortype": "AccessDeniedException" } } }],
    ["in a header in capitals", { $response: { headers: { "X-Amzn-ErrorType": "AccessDeniedException" } } }],
    ["in XML", { Code: "AccessDenied" }],
  ])("is one of AWS with a type %s", (_, more) => {
    assert.strictEqual(toSourceError(json("AccessDeniedException", more), sdk).reason._tag, "AccessDenied")
  })
})

const TAGS = REASONS.map((Reason) => [new Reason({ detail: "" })._tag, Reason] as const)

describe("what follows from a reason", () => {
  const fateOf = (error: SourceError): Fate => {
    const after = afterError({ held: afterValue(text("v"), 0, POLICY, 0).held }, error, 1, 0)
    if (after.held === undefined) return "ends"
    return after.deniedSince === undefined ? "stays" : "limited"
  }

  it.each(TAGS)("%s: whether it is retried, its status, what becomes of an old value", (tag, Reason) => {
    const error = new SourceError({ reason: new Reason({ detail: "" }) })
    assert.deepStrictEqual(
      {
        retried: retryRule(error),
        status: PROBLEMS[fromSourceError(error).problem].status,
        held: fateOf(error),
      },
      CONSEQUENCES[tag],
    )
  })

  it("stands in docs/fetching.md", () => {
    const retried = (words: string) =>
      words === "no" ? "never" : words.startsWith("once") ? "once" : "backoff"
    const documented = tablesOf(textOf("docs/fetching.md"), "reason", "retried", "status").flatMap(
      ([reasons = "", words = "", status]) =>
        reasons
          .replace(/:.*/, "")
          .split(", ")
          .map((reason) => [reason, retried(words), Number(status)]),
    )
    assert.sameDeepMembers(
      documented,
      Object.entries(CONSEQUENCES).map(([reason, { retried, status }]) => [reason, retried, status]),
    )
  })
})

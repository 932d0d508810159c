/**
 * `compatibility.workload_credentials: on`: what clients of AWS's workload credentials provider (formerly Secrets Manager
 * agent) are promised, on the built extension. One test for each promise about HTTP that its own tests make.
 */
import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from "@aws-sdk/client-secrets-manager"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import os from "node:os"
import path from "node:path"
import { clientsFor, sdk } from "../support/aws.ts"
import { type Compatible, SECRET, start as startCompatible, TOKEN_HEADER } from "../support/compatible.ts"
import { type Artifact, onEachArtifact } from "../support/extension.ts"
import { ask } from "../support/extensionHttp.ts"

const CONFIG = "compatibility:\n  workload_credentials: on\n"
const BOTH = `${CONFIG}  parameters_and_secrets: on\n`
const READER = "arn:aws:iam::123456789012:role/reader"
const TOKEN = "local"
const NAME = "shop/database"
const BY_NAME = `${SECRET}?secretId=${NAME}`
const BY_PATH = `/v1/${NAME}`
const LARGE = `{"size":"60KB","data":"${"x".repeat(60_000)}"}`

type Json = Readonly<Record<string, unknown>>

const start = Effect.fnUntraced(function* (
  artifact: Artifact,
  { config = CONFIG, variables = {} }: { config?: string; variables?: Record<string, string> } = {},
) {
  const environment = yield* startCompatible(artifact, { config, variables })
  const { secrets } = yield* clientsFor(environment.aws.endpoint)
  const get = (target: string, headers: Readonly<Record<string, string>> = { [TOKEN_HEADER]: TOKEN }) =>
    environment.get(target, headers)
  const json = Effect.fnUntraced(function* (target: string) {
    const answer = yield* get(target)
    assert.strictEqual(answer.status, 200, answer.text)
    return JSON.parse(answer.text) as Json
  })
  /** Another value; gives its version. */
  const write = (SecretString: string, VersionStages?: Array<string>) =>
    Effect.map(
      sdk(() => secrets.send(new PutSecretValueCommand({ SecretId: NAME, SecretString, VersionStages }))),
      ({ VersionId = "" }) => VersionId,
    )
  return { ...environment, get, json, secrets, write }
})

const callersOf = ({ aws }: Compatible) =>
  Effect.map(aws.calls.all, (calls) =>
    calls.flatMap(({ operation, role = "the function" }) => (operation === "GetSecretValue" ? [role] : [])),
  )

onEachArtifact("for clients of the workload credentials provider", (artifact) => {
  it.live("a secret is found by its name, its ARN and its path, and is the same each time", () =>
    Effect.gen(function* () {
      const { json } = yield* start(artifact)
      const byName = yield* json(BY_NAME)
      assert.deepInclude(byName, { Name: NAME, SecretString: '{"user":"u"}', VersionStages: ["AWSCURRENT"] })
      assert.deepStrictEqual(Object.keys(byName), [
        "ARN",
        "Name",
        "VersionId",
        "SecretString",
        "VersionStages",
        "CreatedDate",
      ])
      assert.match(String(byName["CreatedDate"]), /^\d{10}(\.\d{1,3})?$/)
      const arn = String(byName["ARN"])
      for (const target of [
        BY_PATH,
        `/v1/${encodeURIComponent(NAME)}`,
        `${SECRET}?secretId=${arn}`,
        `/v1/${encodeURIComponent(arn)}`,
      ]) {
        assert.deepStrictEqual(yield* json(target), byName)
      }
    }),
  )

  it.live("a binary secret comes in base64 and without text, a large one whole", () =>
    Effect.gen(function* () {
      const { json, write } = yield* start(artifact)
      const binary = yield* json(`${SECRET}?secretId=binary`)
      assert.strictEqual(binary["SecretBinary"], "AP+ACg==")
      assert.notProperty(binary, "SecretString")
      yield* write(LARGE)
      assert.strictEqual((yield* json(BY_PATH))["SecretString"], LARGE)
    }),
  )

  it.live("versions are found by stage and by id, before and after one is promoted", () =>
    Effect.gen(function* () {
      const { json, secrets, write } = yield* start(artifact)
      const pending = yield* write("pending", ["AWSPENDING"])
      const current = String((yield* json(`${BY_NAME}&versionStage=AWSCURRENT`))["VersionId"])
      assert.deepInclude(yield* json(`${BY_NAME}&versionStage=AWSPENDING`), {
        VersionId: pending,
        SecretString: "pending",
      })
      assert.deepInclude(yield* json(`${BY_PATH}?versionId=${pending}`), { SecretString: "pending" })
      assert.deepInclude(yield* json(`${BY_NAME}&versionId=${current}`), { SecretString: '{"user":"u"}' })

      yield* sdk(() =>
        secrets.send(
          new UpdateSecretVersionStageCommand({
            SecretId: NAME,
            VersionStage: "AWSCURRENT",
            MoveToVersionId: pending,
            RemoveFromVersionId: current,
          }),
        ),
      )
      assert.deepInclude(yield* json(`${BY_NAME}&versionStage=AWSCURRENT&refreshNow=true`), {
        VersionId: pending,
      })
      const old = yield* json(`${BY_NAME}&versionId=${current}&refreshNow=true`)
      assert.strictEqual(old["VersionId"], current)
      assert.notInclude(old["VersionStages"], "AWSCURRENT")
    }),
  )

  it.live("a value is kept, until refreshNow asks for the new one at once", () =>
    Effect.gen(function* () {
      const { json, operations, write } = yield* start(artifact)
      const first = yield* json(BY_NAME)
      const version = yield* write("rotated")
      assert.deepStrictEqual(yield* json(BY_NAME), first)
      for (const target of [`${BY_NAME}&refreshNow=true`, BY_NAME, BY_PATH]) {
        assert.deepInclude(yield* json(target), { VersionId: version, SecretString: "rotated" })
      }
      yield* write("again")
      assert.deepInclude(yield* json(`${BY_PATH}?refreshNow=1`), { SecretString: "again" })
      assert.deepInclude(yield* json(`${BY_PATH}?refreshNow=0`), { SecretString: "again" })
      assert.strictEqual((yield* operations).filter((name) => name === "GetSecretValue").length, 3)
    }),
  )

  it.live("nothing is kept with a ttl of 0", () =>
    Effect.gen(function* () {
      const { json, write } = yield* start(artifact, { variables: { SECRETS_MANAGER_TTL: "0" } })
      yield* json(BY_NAME)
      const version = yield* write("rotated")
      assert.strictEqual((yield* json(BY_NAME))["VersionId"], version)
    }),
  )

  it.live("each role has a value of its own, which AWS was asked for as that role", () =>
    Effect.gen(function* () {
      const environment = yield* start(artifact)
      const { json, write } = environment
      const asReader = `${BY_NAME}&roleArn=${encodeURIComponent(READER)}`
      yield* json(BY_NAME)
      yield* write("updated")
      assert.strictEqual((yield* json(BY_NAME))["SecretString"], '{"user":"u"}')
      assert.strictEqual((yield* json(asReader))["SecretString"], "updated")
      yield* write("rotated")
      assert.strictEqual((yield* json(asReader))["SecretString"], "updated")
      assert.strictEqual((yield* json(`${asReader}&refreshNow=true`))["SecretString"], "rotated")
      assert.strictEqual((yield* json(BY_PATH))["SecretString"], '{"user":"u"}')
      assert.deepStrictEqual(yield* callersOf(environment), ["the function", READER, READER])
    }),
  )

  it.live(
    "a role that may not be assumed is 403, one that may not read is 400, one that is none is 400",
    () =>
      Effect.gen(function* () {
        const { aws, get } = yield* start(artifact)
        const none = yield* get(`${SECRET}?secretId=any&roleArn=not-a-valid-arn`)
        assert.strictEqual(none.status, 400)
        assert.include(none.text, "invalid roleArn format")
        assert.deepStrictEqual(yield* aws.calls.all, [])

        yield* aws.faults.inject({
          operation: "AssumeRole",
          times: 1,
          effect: { kind: "error", status: 403, type: "AccessDenied" },
        })
        const missing = yield* get(`${SECRET}?secretId=any&roleArn=arn:aws:iam::000000000000:role/Missing`)
        assert.strictEqual(missing.status, 403, missing.text)
        assert.include(missing.text, "AccessDenied")

        assert.strictEqual((yield* get(`${BY_NAME}&roleArn=${READER}`)).status, 200)
        yield* aws.faults.inject({
          operation: "GetSecretValue",
          effect: { kind: "error", status: 400, type: "AccessDeniedException" },
        })
        const denied = yield* get(`${BY_NAME}&roleArn=arn:aws:iam::123456789012:role/no-access`)
        assert.strictEqual(denied.status, 400, denied.text)
        assert.strictEqual(JSON.parse(denied.text).__type, "AccessDeniedException")
      }),
  )

  it.live("what is not there is 400 in AWS's words, with refreshNow too", () =>
    Effect.gen(function* () {
      const { get } = yield* start(artifact)
      for (const more of ["", "&refreshNow=true"]) {
        const answer = yield* get(`${SECRET}?secretId=missing${more}`)
        assert.strictEqual(answer.status, 400)
        assert.deepInclude(JSON.parse(answer.text), { __type: "ResourceNotFoundException" })
        assert.isNotEmpty(JSON.parse(answer.text).message)
      }
    }),
  )

  it.live("AWS that answers with a fault is 500, that hangs 504, that breaks the connection 502", () =>
    Effect.gen(function* () {
      const variables = { SECRETS_MANAGER_TIMEOUT_MILLIS: "700" }
      const { aws, get } = yield* start(artifact, { variables })
      // The SDK is loaded, which on a busy machine takes longer than the time-out.
      yield* Effect.repeat(get(BY_NAME), { until: ({ status }) => status === 200, times: 20 })
      const failing = Effect.fnUntraced(function* (
        name: string,
        effect: Parameters<typeof aws.faults.inject>[0]["effect"],
      ) {
        yield* aws.faults.inject({ match: [name], effect })
        return yield* get(`/v1/${name}`)
      })
      const fault = yield* failing("a", { kind: "error", status: 500, type: "InternalServiceError" })
      assert.strictEqual(fault.status, 500, fault.text)
      assert.strictEqual(JSON.parse(fault.text).__type, "InternalServiceError")
      const hanging = yield* failing("c", { kind: "hang" })
      assert.strictEqual(hanging.status, 504, hanging.text)
      assert.strictEqual(JSON.parse(hanging.text).__type, "TimeoutError")
      const reset = yield* failing("b", { kind: "resetBefore" })
      assert.strictEqual(reset.status, 502, reset.text)
    }),
  )

  it.live("a token is asked for in one of two headers; /ping asks for none", () =>
    Effect.gen(function* () {
      const { compatiblePort, get } = yield* start(artifact)
      for (const target of [BY_NAME, BY_PATH, `${BY_NAME}&refreshNow=true`]) {
        for (const headers of [{}, { [TOKEN_HEADER]: "invalid" }, { "X-Vault-Token": "invalid" }]) {
          assert.deepInclude(yield* get(target, headers), { status: 403, text: "Bad Token" })
        }
        for (const header of [TOKEN_HEADER, "X-Vault-Token"]) {
          assert.strictEqual((yield* get(target, { [header]: TOKEN })).status, 200)
        }
      }
      for (const headers of [{}, { [TOKEN_HEADER]: TOKEN }]) {
        assert.deepInclude(yield* get("/ping", headers), { status: 200, text: "healthy" })
      }
      const forwarded = yield* get(BY_NAME, { [TOKEN_HEADER]: TOKEN, "X-Forwarded-For": "192.168.1.100" })
      assert.deepInclude(forwarded, { status: 400, text: "Forwarded" })
      const headers = { [TOKEN_HEADER]: TOKEN }
      for (const target of [BY_NAME, BY_PATH, "/ping"]) {
        for (const method of ["POST", "PUT", "DELETE"]) {
          const answer = yield* Effect.orDie(ask(compatiblePort, target, { method, headers }))
          assert.strictEqual(answer.status, 405)
        }
      }
      for (const [target, status] of [
        ["/pong", 404],
        ["/v1/", 400],
        [SECRET, 400],
        [`${BY_NAME}&abc=123`, 400],
        [`${BY_PATH}?versionStage=AWSPENDING&abc=1`, 400],
        [`${BY_NAME}&refreshNow=maybe`, 400],
      ] as const) {
        assert.strictEqual((yield* get(target)).status, status, target)
      }
    }),
  )

  it.live("the token may be one of its own, in a file that is read anew when it changes", () =>
    Effect.gen(function* () {
      const file = path.join(os.tmpdir(), `token-${process.pid}-${artifact.name}`)
      writeFileSync(file, "first\n")
      const { get } = yield* start(artifact, { variables: { AWS_TOKEN: `file://${file}` } })
      assert.strictEqual((yield* get(BY_PATH, { "X-Vault-Token": "first" })).status, 200)
      assert.strictEqual((yield* get(BY_PATH, { "X-Vault-Token": TOKEN })).status, 403)
    }),
  )

  it.live("both peers are served on one port, each in its manner", () =>
    Effect.gen(function* () {
      const { get, json } = yield* start(artifact, { config: BOTH })
      assert.property(yield* json(BY_NAME), "ResultMetadata")
      assert.notProperty(yield* json(BY_PATH), "ResultMetadata")
      assert.notProperty(yield* json(`${BY_NAME}&refreshNow=true`), "ResultMetadata")
      assert.strictEqual((yield* get(BY_NAME, {})).status, 401)
      assert.strictEqual((yield* get(BY_PATH, {})).status, 403)
      assert.deepInclude(yield* get("/ping", {}), { status: 200, text: "healthy" })
      assert.strictEqual((yield* get("/systemsmanager/parameters/get?name=plain")).status, 200)
    }),
  )
})

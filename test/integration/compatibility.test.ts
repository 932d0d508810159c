/**
 * `compatibility.parameters_and_secrets: on`: functions that were written for the AWS Parameters and Secrets extension,
 * on the built extension. A real function on Middy, and requests as other clients make them.
 */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import path from "node:path"
import {
  AUTHORIZED,
  BINARY,
  type Compatible,
  LISTED,
  optionsFor,
  PARAMETER,
  SECRET,
  start,
  TOKEN_HEADER,
} from "../support/compatible.ts"
import { ALONE, type Environment, makeEnvironment, onEachArtifact } from "../support/extension.ts"
import { ask } from "../support/extensionHttp.ts"
import { payloadOf } from "../support/lambda.ts"

/** The function on Middy, under AWS's own runtime client. */
const MIDDY = {
  kind: "node",
  taskRoot: path.resolve(import.meta.dirname, "fixtures/compatible"),
  handler: "index.handler",
} as const
class Started extends Context.Service<Started, Compatible>()("test/Started") {}

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/

/** What the function on Middy reads. */
const MIDDY_READS = ["/shop/flags", "/shop/password:1", "shop/database"]

/** The names that AWS was asked for, in whichever batches. */
const namesAsked = ({ aws }: Environment) =>
  Effect.map(aws.calls.all, (calls) => calls.flatMap(({ names }) => names))

onEachArtifact("a function written for the AWS Parameters and Secrets extension", (artifact) => {
  it.live("works by swapping layers", () =>
    Effect.gen(function* () {
      const { options } = yield* optionsFor(artifact, { lambda: { function: MIDDY } })
      const environment = yield* makeEnvironment(options)
      const invoke = Effect.map(environment.lambda.invoke({}), payloadOf)
      const expected = { flags: { beta: true }, password: "first", database: { user: "u" } }
      assert.deepStrictEqual(yield* invoke, expected)
      assert.deepStrictEqual(yield* invoke, expected)
      assert.sameMembers(yield* namesAsked(environment), MIDDY_READS, "each once for both invokes")
    }),
  )
})

onEachArtifact("the routes of the AWS Parameters and Secrets extension", (artifact) => {
  const started = Layer.effect(Started, start(artifact))
  layer(started, { excludeTestServices: true, timeout: "30 seconds" })("answer", (it) => {
    const json = Effect.fnUntraced(function* (target: string) {
      const { get } = yield* Started
      const answer = yield* get(target)
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.headers["content-type"], "application/json")
      return JSON.parse(answer.text) as Record<string, unknown>
    })

    it.effect("with all that the SDK says of a parameter", () =>
      Effect.gen(function* () {
        const { Parameter, ...rest } = yield* json(`${PARAMETER}/?name=plain`)
        const { ARN, LastModifiedDate, ...parameter } = Parameter as Record<string, unknown>
        assert.deepStrictEqual(parameter, {
          DataType: "text",
          Name: "plain",
          Selector: null,
          SourceResult: null,
          Type: "String",
          Value: "größer <&>",
          Version: 1,
        })
        assert.match(String(ARN), /^arn:aws:ssm:[a-z0-9-]+:\d{12}:parameter\/plain$/)
        assert.match(String(LastModifiedDate), DATE)
        assert.deepStrictEqual(rest, { ResultMetadata: {} })
      }),
    )

    it.effect("with all that the SDK says of a secret", () =>
      Effect.gen(function* () {
        const { ARN, CreatedDate, VersionId, ...secret } = yield* json(`${SECRET}?secretId=shop%2Fdatabase`)
        assert.deepStrictEqual(secret, {
          Name: "shop/database",
          SecretBinary: null,
          SecretString: '{"user":"u"}',
          VersionStages: ["AWSCURRENT"],
          ResultMetadata: {},
        })
        assert.match(String(ARN), /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:shop\/database-\w{6}$/)
        assert.match(String(CreatedDate), DATE)
        assert.match(String(VersionId), /^[0-9a-f-]{36}$/)
      }),
    )

    it.effect("a binary secret in base64", () =>
      Effect.gen(function* () {
        const { SecretBinary, SecretString } = yield* json(`${SECRET}?secretId=binary`)
        assert.deepStrictEqual([SecretBinary, SecretString], [BINARY.toString("base64"), null])
      }),
    )

    it.effect.each([
      ["name=/shop/password&withDecryption=true", "first"],
      ["name=%2Fshop%2Fpassword&version=1&withDecryption=True", "first"],
      ["withDecryption=true&name=/shop/password:1", "first"],
      ["name=list", "a,b"],
    ] as const)("the value of ?%s", ([query, value]) =>
      Effect.gen(function* () {
        for (const slash of ["", "/"]) {
          const { Parameter } = yield* json(`${PARAMETER}${slash}?${query}`)
          assert.deepInclude(Parameter, { Value: value })
        }
      }),
    )

    it.effect("a SecureString as it is stored, where decryption is not asked for", () =>
      Effect.gen(function* () {
        const { Parameter } = yield* json(`${PARAMETER}?name=/shop/password`)
        const { Type, Value } = Parameter as Record<string, unknown>
        assert.strictEqual(Type, "SecureString")
        assert.match(String(Value), /^AQIC/)
      }),
    )

    it.effect("versions of a secret by id and by stage", () =>
      Effect.gen(function* () {
        const { VersionId } = yield* json(`${SECRET}?secretId=shop/database`)
        const byId = yield* json(`${SECRET}?secretId=shop/database&versionId=${String(VersionId)}`)
        const byStage = yield* json(`${SECRET}?secretId=shop/database&versionStage=AWSCURRENT`)
        assert.deepStrictEqual([byId["VersionId"], byStage["VersionId"]], [VersionId, VersionId])
      }),
    )

    it.effect.each([
      `${PARAMETER}?name=missing`,
      `${PARAMETER}?name=plain&version=7`,
      `${SECRET}?secretId=missing`,
      `${SECRET}?secretId=shop/database&versionStage=NONE`,
    ])("400 in that extension's words for what AWS does not have: %s", (target) =>
      Effect.gen(function* () {
        const { get, lines } = yield* Started
        const answer = yield* get(target)
        const text = "an unexpected error occurred while executing request"
        assert.deepInclude(answer, { status: 400, text })
        assert.include(lines().join("\n"), "request encountered an error: ")
      }),
    )

    it.effect(
      "401 without the function's token, before anything is asked of AWS",
      () =>
        Effect.gen(function* () {
          const { aws, get } = yield* Started
          yield* aws.calls.clear
          for (const headers of [{}, { [TOKEN_HEADER]: "locak" }]) {
            const answer = yield* get(`${PARAMETER}?name=missing-too`, headers)
            assert.deepInclude(answer, { status: 401, text: "bad session token or header key" })
          }
          assert.deepStrictEqual(yield* aws.calls.all, [])
        }),
      ALONE,
    )

    it.effect("on their own port alone, which has no others", () =>
      Effect.gen(function* () {
        const { ask: askMain, get } = yield* Started
        assert.strictEqual((yield* askMain(`${PARAMETER}?name=plain`, AUTHORIZED)).status, 404)
        assert.strictEqual((yield* get("/health")).status, 404)
      }),
    )
  })

  it.live("answer a listed name from the entry that the load has filled, by its own ttl", () =>
    Effect.gen(function* () {
      const variables = { SSM_PARAMETER_STORE_TTL: "0" }
      const given = { config: LISTED, variables, preload: true }
      const { get, operations, read } = yield* start(artifact, given)
      const { headers } = yield* get(`${PARAMETER}?name=plain`)
      assert.match(String(headers["cache-status"]), /^cache-extension; hit; ttl=3[56]\d\d$/)
      assert.strictEqual((yield* read("parameters", "plain")).text, "größer <&>")
      assert.deepStrictEqual(yield* operations, ["GetParameter"])
    }),
  )

  it.live("ignore nothing: what asks for a newer value gets it, what is not known is refused", () =>
    Effect.gen(function* () {
      const { compatiblePort, get, operations, put } = yield* start(artifact, { config: LISTED })
      const target = `${PARAMETER}?name=unlisted&withDecryption=true`
      const valueIn = ({ text }: { readonly text: string }) => JSON.parse(text).Parameter.Value as string
      const withDirective = (directive: string) =>
        get(target, { ...AUTHORIZED.headers, "Cache-Control": directive })
      yield* put("unlisted", "one")
      assert.strictEqual(valueIn(yield* get(target)), "one")
      yield* put("unlisted", "two")
      assert.strictEqual(valueIn(yield* get(target)), "one")
      assert.strictEqual(valueIn(yield* get(`${target}&refreshNow=true`)), "two")
      yield* put("unlisted", "three")
      assert.strictEqual(valueIn(yield* get(`${target}&refreshNow=1`)), "three")
      assert.match(String((yield* withDirective("only-if-cached")).headers["cache-status"]), /hit/)
      const asked = (yield* operations).length
      for (const more of [
        "roleArn=arn:aws:iam::123456789012:role/reader",
        "refreshNow=maybe",
        "x=1",
        "name=b",
      ]) {
        const answer = yield* get(`${target}&${more}`)
        assert.strictEqual(answer.status, 400, more)
        assert.include(answer.text, more.split("=", 1)[0] ?? "")
      }
      const head = yield* Effect.orDie(ask(compatiblePort, target, { ...AUTHORIZED, method: "HEAD" }))
      assert.deepStrictEqual([head.status, head.headers.allow], [405, "GET, DELETE"])
      const other = `${PARAMETER}?name=never&withDecryption=true`
      const onlyIfCached = { ...AUTHORIZED.headers, "Cache-Control": "only-if-cached" }
      assert.strictEqual((yield* get(other, onlyIfCached)).status, 504)
      assert.strictEqual((yield* operations).length, asked)
    }),
  )

  it.live("forget by DELETE what config.yaml does not list", () =>
    Effect.gen(function* () {
      const config = `${LISTED}cache:\n  forced_refresh_interval: 0s\n`
      const { compatiblePort, get, put } = yield* start(artifact, { config })
      const target = `${PARAMETER}?name=unlisted`
      const value = Effect.map(get(target), ({ text }) => JSON.parse(text).Parameter.Value as string)
      yield* put("unlisted", "one")
      assert.strictEqual(yield* value, "one")
      yield* put("unlisted", "two")
      const removed = yield* Effect.orDie(ask(compatiblePort, target, { ...AUTHORIZED, method: "DELETE" }))
      assert.deepStrictEqual([removed.status, removed.text], [204, ""])
      assert.strictEqual(yield* value, "two")
      const etag = String((yield* get(target)).headers.etag)
      assert.strictEqual((yield* get(target, { ...AUTHORIZED.headers, "If-None-Match": etag })).status, 304)
      const without = yield* Effect.orDie(ask(compatiblePort, target, { method: "DELETE" }))
      assert.strictEqual(without.status, 401)
    }),
  )

  it.live("ask AWS each time where a variable says so, and give the last good value while it fails", () =>
    Effect.gen(function* () {
      const variables = { SECRETS_MANAGER_TTL: "0" }
      const { aws, get, operations } = yield* start(artifact, { variables })
      yield* get(`${SECRET}?secretId=shop/database`)
      yield* get(`${SECRET}?secretId=shop/database`)
      assert.strictEqual((yield* operations).length, 2)
      yield* aws.faults.inject({ effect: { kind: "error", status: 400, type: "AccessDeniedException" } })
      const answer = yield* get(`${SECRET}?secretId=shop/database`)
      assert.strictEqual(answer.status, 200)
      assert.match(String(answer.headers["cache-status"]), /detail=stale-if-denied$/)
    }),
  )

  it.live("keep nothing that is not listed where the cache is switched off", () =>
    Effect.gen(function* () {
      const variables = { PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED: "false" }
      const { aws, get } = yield* start(artifact, { variables })
      yield* get(`${PARAMETER}?name=plain`)
      yield* aws.faults.inject({ effect: { kind: "error", status: 400, type: "AccessDeniedException" } })
      assert.strictEqual((yield* get(`${PARAMETER}?name=plain`)).status, 400)
    }),
  )
})

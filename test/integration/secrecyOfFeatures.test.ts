/**
 * Nothing secret leaves the built extension by what is off unless it is asked for: spans, a token on the port, the routes of
 * the AWS extension, credentials of other roles, reads of paths and of several names. Canaries as in `secrecy.test.ts`.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { findLeaks, makeCanary, type Output } from "../support/canaries.ts"
import { CONFIG, CREDENTIALS, SECRETS } from "../support/canarySeed.ts"
import { askEverything, filesIn, plant, reportsOf, untilWell, VERBOSE } from "../support/canaryWorld.ts"
import { startCollector } from "../support/collector.ts"
import { PARAMETER, PORT, SECRET, TOKEN_HEADER } from "../support/compatible.ts"
import { type Environment, onEachArtifact } from "../support/extension.ts"
import { serveAnswer } from "../support/extensionAws.ts"
import { ask, freePort } from "../support/extensionHttp.ts"

const REFUSED: FaultEffect = { kind: "error", status: 400, type: "ValidationException", message: "no" }
const FAULTS: ReadonlyArray<FaultEffect> = [REFUSED, { kind: "truncate" }, { kind: "wrongJson" }]

const SHOWN = { [TOKEN_HEADER]: CREDENTIALS.sessionToken }
const WRONG = { [TOKEN_HEADER]: `${CREDENTIALS.sessionToken}x` }

/** A request and its answer without the body, where that is a value. */
const asked = (port: number, target: string, headers: Readonly<Record<string, string>>, isWellNow: boolean) =>
  Effect.map(ask(port, target, { headers }), ({ headers: given, status, text }): Output => ({
    where: `the answer ${status} to ${target}`,
    text: `${JSON.stringify(given)}\n${isWellNow && status === 200 ? "" : text}`,
  }))

/** Reads of more than one value, or of a part of one. */
const PARTS = [
  "/parameters?name=plain&name=encrypted",
  "/parameters?path=/app/",
  "/secrets?name=json&json=/password",
  "/secrets?name=text&json=/password",
  "/secrets?name=json&name=text&json=/no/such",
  "/dynamodb?name=Things-one&json=/M/inner",
  "/parameters?name=list&as=list",
  "/sql?name=rows&json=/0/value",
  "/s3?name=canaries/text&json=/no/such",
  "/http?name=page&json=/no/such",
  "/appconfig?name=shop/prod/flags&flag=password",
]

const ROLE = "arn:aws:iam::123456789012:role/reader"

/** As clients of other extensions ask; there, a name need not be listed. */
const COMPATIBLE = [
  `${PARAMETER}?name=encrypted&withDecryption=true`,
  `${PARAMETER}?name=plain`,
  `${SECRET}?secretId=json`,
  `${SECRET}?secretId=binary`,
  `${SECRET}?secretId=no-such`,
  `${SECRET}?secretId=json&refreshNow=true`,
  "/v1/json",
  "/v1/binary?refreshNow=1",
  "/v1/no-such",
  `/v1/text?roleArn=${ROLE}`,
  "/v1/text?roleArn=none",
  "/ping",
]

/** As clients of AWS's AppConfig agent ask. */
const AGENT = [
  "/applications/shop/environments/prod/configurations/flags",
  "/applications/shop/environments/prod/configurations/flags?flag=password",
  "/applications/shop/environments/prod/configurations/none",
]

/** All ports, with the token, without it, and with another. */
const askFeatures = Effect.fnUntraced(function* (
  environment: Environment,
  compatiblePort: number,
  agentPort: number,
  isWellNow: boolean,
) {
  const requests = [
    ...PARTS.map((target) => [environment.port, target] as const),
    ...COMPATIBLE.map((target) => [compatiblePort, target] as const),
    ...AGENT.map((target) => [agentPort, target] as const),
  ]
  return yield* Effect.forEach(
    [SHOWN, {}, WRONG].flatMap((headers) => requests.map(([port, target]) => ({ headers, port, target }))),
    ({ headers, port, target }) => asked(port, target, headers, isWellNow),
    // Few at a time: the budget of a read is short.
    { concurrency: 8 },
  )
})

const FEATURES = CONFIG.replace("parameters:", "parameters:\n  - paths: [/app/]").concat(`
server: { token: required }
compatibility: { parameters_and_secrets: on, workload_credentials: on, appconfig_agent: on }
`)

const wheresOf = (outputs: ReadonlyArray<Output>): string => outputs.map(({ where }) => where).join("\n")

const ROLE_SECRETS = ["secret access key of the role", "session token of the role"].map(makeCanary)
const [roleKey = "", roleToken = ""] = ROLE_SECRETS.map(({ text }) => text)

/** What STS answers: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>${roleKey}</SecretAccessKey><SessionToken>${roleToken}</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

/** Replies of STS: a whole one, torn ones, and a refusal that quotes the request. */
const STS: ReadonlyArray<readonly [string, string, number]> = [
  ["gives credentials", ASSUMED, 200],
  ["breaks off within the token", ASSUMED.slice(0, ASSUMED.indexOf(roleToken) + 40), 200],
  ["breaks off within the key", ASSUMED.slice(0, ASSUMED.indexOf(roleKey) + 40), 200],
  ["gives a time that is none", ASSUMED.replace("2099-01-01T00:00:00Z", roleToken), 200],
  ["sends credentials with an error", ASSUMED, 500],
  [
    "refuses the signature",
    `<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>no

The Canonical String for this request should have been 'x-amz-security-token:${CREDENTIALS.sessionToken}'</Message></Error></ErrorResponse>`,
    403,
  ],
]

const ROLES = `
cache: { ttl: 0s, stale_if_error: 0s, read_budget: 500ms }
parameters:
  - role_arn: ${ROLE}
    names: [plain, encrypted]
`

onEachArtifact("no secret leaves the extension", (artifact) => {
  it.live(
    "by spans, by answers to who shows no token, by the routes of other extensions, or by parts of values",
    () =>
      Effect.gen(function* () {
        const collector = yield* startCollector()
        const compatiblePort = yield* freePort
        const agentPort = yield* freePort
        const { environment, folder } = yield* plant(artifact, {
          config: FEATURES,
          variables: {
            ...VERBOSE,
            CACHE_EXTENSION_OTLP_ENDPOINT: collector.endpoint,
            [PORT]: String(compatiblePort),
            AWS_APPCONFIG_EXTENSION_HTTP_PORT: String(agentPort),
          },
        })
        yield* environment.lambda.init
        yield* untilWell(environment)
        const well = yield* askFeatures(environment, compatiblePort, agentPort, true)
        const failing = yield* Effect.forEach(
          FAULTS,
          Effect.fnUntraced(function* (effect) {
            const fault = yield* environment.aws.faults.inject({ effect })
            const answers = yield* askEverything(environment)
            const parts = yield* askFeatures(environment, compatiblePort, agentPort, false)
            yield* fault.remove
            return [...answers, ...parts]
          }),
        )
        yield* environment.lambda.shutdown()

        const answers = [...well, ...failing.flat()]
        // Everything was there: values by each way, refusals of who shows no token, spans.
        const wheres = wheresOf(well)
        for (const target of [PARTS[0], PARTS[2], PARTS[7], COMPATIBLE[0], COMPATIBLE[2], AGENT[0]])
          assert.include(wheres, `the answer 200 to ${target}`)
        for (const target of PARTS) assert.include(wheres, `the answer 403 to ${target}`)
        assert.match(wheres, /the answer 40[013] to \/systemsmanager/)
        assert.include(collector.bodies(), "SSM GetParameter")

        const spans = { where: "spans", text: collector.bodies() }
        const outputs = [...answers, spans, ...reportsOf(environment), ...filesIn(folder)]
        assert.deepStrictEqual(findLeaks(SECRETS, outputs), [])
      }),
  )

  it.live.each(STS)("when STS %s", ([words, reply, status]) =>
    Effect.gen(function* () {
      const { environment, folder } = yield* plant(artifact, {
        config: ROLES,
        variables: { ...VERBOSE, AWS_ENDPOINT_URL_STS: yield* serveAnswer(reply, status) },
      })
      yield* environment.lambda.init
      const read = yield* environment.read("parameters", "plain")
      assert.strictEqual(read.status === 200, words === "gives credentials", read.text)
      const answers = yield* askEverything(environment)
      yield* environment.lambda.shutdown()
      const refused = { where: "the read", text: read.status === 200 ? "" : read.text }
      const outputs = [refused, ...answers, ...reportsOf(environment), ...filesIn(folder)]
      assert.deepStrictEqual(findLeaks([...SECRETS, ...ROLE_SECRETS], outputs), [])
    }),
  )
})

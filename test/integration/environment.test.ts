/**
 * Both artifacts heed the same environment, that of docs/configuration.md: whatever else a function or a machine sets changes no
 * call of AWS, no answer and no line of the log. Files of the AWS CLI, a home directory, a name for the user are not needed.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { PROVIDERS_FILE } from "../../scripts/trees.ts"
import { kinds } from "../../src/kinds/kinds.ts"
import { tablesOf, textOf } from "../docs/markdown.ts"
import { isOnPath } from "../sam/onPath.ts"
import {
  type Artifact,
  type EnvironmentOptions,
  makeEnvironment,
  onEachArtifact,
} from "../support/extension.ts"
import { folderOf } from "../support/lambda.ts"
import { OF_THE_SDK, OF_THE_SYSTEM, SHARED_FILES } from "./fixtures/variables.ts"
import { skipped } from "../support/skipped.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"

const CONFIG = `
parameters:
  - names: [plain]
  - { names: [other], role_arn: "${ROLE}" }
secrets:
  - names: [db/main]
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: a }
appconfig:
  - { application: shop, environment: prod, profile: flags }
server:
  token: off
`
const SEED = {
  parameters: [
    { name: "plain", value: "a value" },
    { name: "other", value: "another" },
  ],
  secrets: [{ name: "db/main", value: "hunter2" }],
  tables: [{ name: "Orders", hashKey: { name: "id" }, items: [{ id: "a", total: 12.5 }] }],
  appconfig: [
    {
      application: "shop",
      environment: "prod",
      profile: "flags",
      content: `{"on":true}`,
      contentType: "application/json",
    },
  ],
}

const READS = [
  "/parameters?name=plain",
  "/parameters?name=other",
  "/secrets?name=db/main",
  "/dynamodb?name=Orders-a",
  "/appconfig?name=shop/prod/flags",
  "/parameters?name=missing",
]

const ANSWERS = [
  "200 text/plain; charset=utf-8 a value",
  "200 text/plain; charset=utf-8 another",
  "200 text/plain; charset=utf-8 hunter2",
  `200 application/json {"id":"a","total":12.5}`,
  `200 application/json {"on":true}`,
  "404 application/problem+json",
]

const CALLS = [
  "ssm GetParameter us-west-2 plain",
  `sts AssumeRole us-west-2 ${ROLE}`,
  `ssm GetParameter us-west-2 other as ${ROLE}`,
  "secretsmanager GetSecretValue us-west-2 db/main",
  "dynamodb GetItem us-west-2 Orders,Orders-a",
  "appconfig StartConfigurationSession us-west-2 shop/prod/flags",
  "appconfig GetLatestConfiguration us-west-2 shop/prod/flags",
]

/** Everything is read once; what was answered, what AWS was asked for, and what was logged. */
const observed = Effect.fnUntraced(function* (
  artifact: Artifact,
  variables: Record<string, string>,
  { before, ...options }: Partial<EnvironmentOptions> & { readonly before?: (folder: string) => void } = {},
) {
  const environment = yield* makeEnvironment({
    artifact,
    config: CONFIG,
    seed: SEED,
    variables,
    ...options,
    lambda: { freeze: false, ...options.lambda },
  })
  before?.(path.dirname(environment.configFile))
  yield* Effect.orDie(environment.lambda.init)
  const answers: Array<string> = []
  for (const target of READS) {
    const { headers, status, text } = yield* environment.ask(target)
    answers.push(`${status} ${headers["content-type"]}${status === 200 ? ` ${text}` : ""}`)
  }
  const calls = (yield* environment.aws.calls.all).map(
    ({ names, operation, region, role, service }) =>
      `${service} ${operation} ${region} ${names.join(",")}${role === undefined ? "" : ` as ${role}`}`,
  )
  return { answers, calls, lines: environment.lines() }
})

/** As it is with nothing but what Lambda sets. */
const assertAsEver = ({ answers, calls, lines }: Effect.Success<ReturnType<typeof observed>>) => {
  assert.deepStrictEqual(answers, ANSWERS)
  assert.deepStrictEqual(calls, CALLS)
  for (const line of lines) assert.match(line, /^\[cache-extension\] (?!WARN|ERROR)/)
}

/** A user without a name, a group without a name. */
const NOBODY = 54_321

const CAN_BECOME_NOBODY = process.getuid?.() === 0 && isOnPath("setpriv")

/** Variables that a document names in its tables of what has an effect. */
const HEEDED = new Set(
  tablesOf(textOf("docs/configuration.md"), "variable", "what for").flatMap(
    ([cell = ""]) => `\`${cell}\``.match(/(?:AWS|HTTPS|NO)_[A-Z0-9_]+/g) ?? [],
  ),
)

/** The pages that name what has an effect outside of Lambda only, or in place of AWS's AppConfig agent. */
const AGENTS = textOf("docs/agent.md") + textOf("docs/appconfig-agent.md")

/** A text of the program that could be the name of a variable of AWS. */
const AWS_NAME = /(?<![A-Za-z0-9_])AWS_(?:EC2_)?[A-Z_]*[A-Z](?![A-Za-z0-9_-])/g

/** The program makes these names of the services that it asks. */
const ENDPOINTS = [...Object.values(kinds).flatMap(({ service }) => service.aws?.id ?? []), "STS"].map(
  (id) => `AWS_ENDPOINT_URL_${id}`,
)

/** What stands in the program's files, except what is loaded outside of Lambda only. */
const programTexts = (artifact: Artifact): ReadonlyArray<string> => {
  const folder = path.join(artifact.extensionsFolder, "../cache-extension")
  const files = readdirSync(folder).filter(
    (file) => (file.endsWith(".cjs") && file !== PROVIDERS_FILE) || file === "cache-extension",
  )
  return files.map((file) => readFileSync(path.join(folder, file), "latin1"))
}

onEachArtifact("the environment", (artifact) => {
  it("has no variable of AWS in the program that docs/configuration.md does not name, nor the other way round", () => {
    const literal = programTexts(artifact).flatMap((text) => text.match(AWS_NAME) ?? [])
    const found = new Set([...literal, ...ENDPOINTS])
    const named = [...HEEDED].filter((name) => name.startsWith("AWS_"))
    assert.isAbove(named.length, 15)
    const isNamed = (name: string) => HEEDED.has(name) || AGENTS.includes(`\`${name}\``)
    assert.deepStrictEqual([...found].filter((name) => !isNamed(name)).toSorted(), [])
    assert.deepStrictEqual(
      named.filter((name) => !found.has(name)),
      [],
    )
  })

  it.live("with nothing but what Lambda sets is enough", () =>
    Effect.gen(function* () {
      assertAsEver(yield* observed(artifact, {}))
    }),
  )

  it.live("of the AWS SDKs changes nothing beyond what the documents name", () =>
    Effect.gen(function* () {
      assertAsEver(yield* observed(artifact, OF_THE_SDK))
    }),
  )

  it.live("of the system changes nothing", () =>
    Effect.gen(function* () {
      assertAsEver(yield* observed(artifact, OF_THE_SYSTEM))
    }),
  )

  it.live("set to nothing is as if it were not set", () =>
    Effect.gen(function* () {
      const names = Object.keys({ ...OF_THE_SDK, ...OF_THE_SYSTEM }).concat(
        ["SSM", "SECRETS_MANAGER", "DYNAMODB", "APPCONFIGDATA", "STS"].map(
          (name) => `AWS_ENDPOINT_URL_${name}`,
        ),
        ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
        ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"],
        ["https_proxy", "no_proxy", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"],
      )
      assertAsEver(yield* observed(artifact, Object.fromEntries(names.map((name) => [name, ""]))))
    }),
  )

  it.live("has no say by files of the AWS CLI, named by variables or in the home directory", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf(SHARED_FILES)
      assertAsEver(yield* observed(artifact, { HOME: folder }))
      const files = {
        AWS_CONFIG_FILE: path.join(folder, ".aws/config"),
        AWS_SHARED_CREDENTIALS_FILE: path.join(folder, ".aws/credentials"),
      }
      assertAsEver(yield* observed(artifact, files))
      assertAsEver(yield* observed(artifact, { ...files, AWS_PROFILE: "other" }))
    }),
  )

  it.live.skipIf(!CAN_BECOME_NOBODY)(
    `needs neither HOME nor a user with a name${skipped(!CAN_BECOME_NOBODY, "where the tests may not become another user")}`,
    () =>
      Effect.gen(function* () {
        const launcher = path.join(artifact.extensionsFolder, "cache-extension")
        const become = `setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups`
        const extensionsFolder = yield* folderOf({
          "cache-extension": `#!/bin/sh\nexec ${become} "${launcher}"\n`,
        })
        chmodSync(path.join(extensionsFolder, "cache-extension"), 0o755)
        assertAsEver(
          yield* observed(
            { ...artifact, extensionsFolder },
            { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` },
            { before: (folder) => chmodSync(folder, 0o755) },
          ),
        )
      }),
  )

  it.live("may lack standard input, and lie on a file system that takes no file", () =>
    Effect.gen(function* () {
      // The working directory of `/proc` takes none.
      const extensionsFolder = yield* folderOf({
        "cache-extension": `#!/bin/sh\nexec "${path.join(artifact.extensionsFolder, "cache-extension")}" <&-\n`,
      })
      chmodSync(path.join(extensionsFolder, "cache-extension"), 0o755)
      assertAsEver(
        yield* observed({ ...artifact, extensionsFolder }, {}, { lambda: { extensionCwd: "/proc" } }),
      )
    }),
  )

  it.live("says by Lambda's logging controls how the log is written", () =>
    Effect.gen(function* () {
      const variables = { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "TRACE" }
      const { lines } = yield* observed(artifact, variables)
      for (const line of lines) assert.doesNotThrow(() => JSON.parse(line))
      assert.isNotEmpty(lines)
      assert.deepStrictEqual(
        (yield* observed(artifact, { ...variables, AWS_LAMBDA_LOG_LEVEL: "FATAL" })).lines,
        [],
      )
      assertAsEver(
        yield* observed(artifact, { AWS_LAMBDA_LOG_FORMAT: "nonsense", AWS_LAMBDA_LOG_LEVEL: "x" }),
      )
    }),
  )
})

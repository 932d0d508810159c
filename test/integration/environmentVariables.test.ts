/**
 * Environment variables that the extension resolves: AWS_LAMBDA_EXEC_WRAPPER in a managed runtime, and the same script in the
 * bootstrap of an OS-only one, as docs/environment-variables.md promises. test/scripts/exec.test.ts has the script alone.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { chmodSync } from "node:fs"
import path from "node:path"
import process from "node:process"
import { type Seed } from "../../local/aws/seed.ts"
import { REGION } from "../support/aws.ts"
import { findLeaks, makeCanary, type Output } from "../support/canaries.ts"
import {
  type Artifact,
  type Environment,
  type EnvironmentOptions,
  makeEnvironment,
  onEachArtifact,
} from "../support/extension.ts"
import { folderOf, payloadOf } from "../support/lambda.ts"

const FOLDER = path.resolve(import.meta.dirname, "fixtures/environment")

/** The function under Lambda's client of Node: a managed runtime. */
const MANAGED = { kind: "node", taskRoot: FOLDER, handler: "index.handler" } as const

const WRAPPER = "/opt/cache-extension/exec"

const AWKWARD = `"'\`$(touch /tmp/never) \${HOME} \\n \\\\ ü€😀 %s ! * ~\n\n  line two\t\r\n\n`

const SEED: Seed = {
  parameters: [
    { name: "awkward", value: AWKWARD },
    { name: "/shop/prod/db-url", value: "postgres://db" },
    { name: "/shop/prod/feature.flags/new_basket", value: "on" },
    { name: "/shop/prod/region", value: "from the path" },
    { name: "/shop/prod/aws/region", value: "mars-1" },
    { name: "/shop/prod/own-value", value: "from the path" },
    { name: "/shop/prod/hostname", value: "shop.example" },
  ],
  secrets: [{ name: "db/main", value: JSON.stringify({ user: "shop", "pass/word": "p'w", port: 5432 }) }],
  tables: [{ name: "Orders", hashKey: { name: "id" }, items: [{ id: "7", Data: "seven" }] }],
  appconfig: [{ application: "shop", environment: "prod", profile: "flags", content: `{"dark":true}` }],
}

const CONFIG = `
parameters:
  - names: [awkward]
  - paths: [/shop/prod/]
secrets:
  - names: [db/main]
dynamodb:
  - { table: Orders, hashkey: id, hashkeytype: S, hashkeyvalue: "7" }
appconfig:
  - { application: shop, environment: prod, profile: flags }
`

const REFERENCES = {
  AWKWARD: "cache-extension://parameters?name=awkward",
  DB: "cache-extension://secrets?name=db/main",
  DB_PASSWORD: "cache-extension://secrets?name=db%2Fmain&json=/pass~1word",
  DB_PORT: "cache-extension://secrets?name=db/main&json=/port",
  NODE_AUTH_TOKEN: "cache-extension://secrets?name=db/main&json=/user",
  ORDER: "cache-extension://dynamodb?name=Orders-7&json=/Data",
  FLAGS: "cache-extension://appconfig?name=shop/prod/flags",
  SHOP: "cache-extension://parameters?path=/shop/prod/",
  OWN_VALUE: "cache-extension://parameters?name=awkward",
}

const FAULTY_CONFIG = `
parameters: [{ names: [denied] }]
secrets: [{ names: [json, binary, absent] }]
appconfig: [{ application: a, environment: b, profile: c }]
`

const OTHERS = { PLAIN: "as it is", HALF: "see cache-extension://secrets?name=db/main", EMPTY: "" }

const RESOLVED = {
  AWKWARD,
  DB: `{"user":"shop","pass/word":"p'w","port":5432}`,
  DB_PASSWORD: "p'w",
  DB_PORT: "5432",
  NODE_AUTH_TOKEN: "shop",
  ORDER: "seven",
  FLAGS: `{"dark":true}`,
  DB_URL: "postgres://db",
  FEATURE_FLAGS_NEW_BASKET: "on",
  REGION: "from the path",
  HOSTNAME: "shop.example",
  OWN_VALUE: AWKWARD,
  ...OTHERS,
}

const variablesIn = (payload: Record<string, unknown>) => payload["variables"] as Record<string, string>

/** Invokes the function once: what it says of itself, and its environment. */
const invoke = Effect.fnUntraced(function* (options: EnvironmentOptions) {
  const environment = yield* makeEnvironment({ ...options, lambda: { freeze: false, ...options.lambda } })
  const result = yield* environment.lambda.invoke()
  assert.isUndefined(result.functionError)
  return { environment, payload: payloadOf(result) }
}, Effect.orDie)

/** How many requests the extension has had for variables, by its own count. */
const countIn = (metrics: string): number =>
  Array.from(metrics.matchAll(/^\w*requests\w*\{[^}]*kind="environment"[^}]*\} (\d+)$/gm)).reduce(
    (total, [, count]) => total + Number(count),
    0,
  )

/** The program of an OS-only runtime, started through the wrapper by its bootstrap. */
const bootstrap = ({ extensionsFolder }: Artifact) =>
  Effect.map(
    folderOf({
      bootstrap: `#!/bin/sh\nexec "$WRAPPER" "$NODE" "${path.join(FOLDER, "index.mjs")}" "an argument" ""\n`,
      next: `#!/bin/sh\nCHAINED="$A and $B" exec "$@"\n`,
    }),
    (folder) => {
      for (const name of ["bootstrap", "next"]) chmodSync(path.join(folder, name), 0o755)
      return {
        function: { kind: "command", command: path.join(folder, "bootstrap"), taskRoot: FOLDER } as const,
        variables: {
          NODE: process.execPath,
          WRAPPER: path.join(path.dirname(extensionsFolder), "cache-extension/exec"),
          CACHE_EXTENSION_EXEC_WRAPPER: path.join(folder, "next"),
        },
      }
    },
  )

const outputsOf = ({ lambda }: Environment): ReadonlyArray<Output> => [
  {
    where: "the log",
    text: lambda.logs
      .all()
      .map(({ line }) => line)
      .join("\n"),
  },
  {
    where: "what Lambda was told",
    text: lambda.events
      .all()
      .map((event) => JSON.stringify(event))
      .join("\n"),
  },
]

onEachArtifact("environment variables", (artifact) => {
  it.live("a managed runtime starts with the values that its variables refer to, by one request", () =>
    Effect.gen(function* () {
      const { environment, payload } = yield* invoke({
        artifact,
        config: CONFIG,
        seed: SEED,
        variables: { ...REFERENCES, ...OTHERS, AWS_LAMBDA_EXEC_WRAPPER: WRAPPER },
        lambda: { function: MANAGED },
      })
      const variables = variablesIn(payload)
      assert.deepInclude(variables, RESOLVED)
      assert.notProperty(variables, "SHOP")
      assert.strictEqual(variables["AWS_REGION"], REGION)
      assert.strictEqual(countIn((yield* environment.ask("/metrics")).text), 1)
    }),
  )

  it.live("on Managed Instances, where the extension gets no INVOKE events, they are resolved too", () =>
    Effect.gen(function* () {
      const { payload } = yield* invoke({
        artifact,
        config: CONFIG,
        seed: SEED,
        variables: { DB_PORT: REFERENCES.DB_PORT, AWS_LAMBDA_EXEC_WRAPPER: WRAPPER },
        lambda: { function: MANAGED, initializationType: "lambda-managed-instances" },
      })
      assert.strictEqual(variablesIn(payload)["DB_PORT"], RESOLVED.DB_PORT)
      assert.strictEqual(variablesIn(payload)["AWS_LAMBDA_INITIALIZATION_TYPE"], "lambda-managed-instances")
    }),
  )

  it.live("without a reference, the wrapper changes nothing and asks nobody", () =>
    Effect.gen(function* () {
      const { environment, payload } = yield* invoke({
        artifact,
        config: CONFIG,
        seed: SEED,
        variables: { ...OTHERS, AWS_LAMBDA_EXEC_WRAPPER: WRAPPER },
        lambda: { function: MANAGED },
      })
      assert.deepInclude(variablesIn(payload), OTHERS)
      assert.strictEqual(countIn((yield* environment.ask("/metrics")).text), 0)
    }),
  )

  it.live(
    "the bootstrap of an OS-only runtime resolves them too, with a token, a load at start-up and another wrapper",
    () =>
      Effect.gen(function* () {
        const [one, two] = [makeCanary("parameter"), makeCanary("secret")]
        const runtime = yield* bootstrap(artifact)
        const { environment, payload } = yield* invoke({
          artifact,
          config: "server: { token: required }\nparameters: [{ names: [one] }]\nsecrets: [{ names: [two] }]",
          seed: {
            parameters: [{ name: "one", value: one.text }],
            secrets: [{ name: "two", value: two.text }],
          },
          preload: true,
          variables: {
            A: "cache-extension://parameters?name=one",
            B: "cache-extension://secrets?name=two",
            CACHE_EXTENSION_LOG_LEVEL: "debug",
            ...runtime.variables,
          },
          lambda: { function: runtime.function },
        })
        assert.deepInclude(variablesIn(payload), {
          A: one.text,
          B: two.text,
          CHAINED: `${one.text} and ${two.text}`,
        })
        assert.deepStrictEqual(payload["args"], ["an argument", ""])
        assert.deepStrictEqual(findLeaks([one, two], outputsOf(environment)), [])
        assert.deepStrictEqual((yield* environment.operations).toSorted(), ["GetParameter", "GetSecretValue"])
      }),
  )

  it.live("INIT fails with every variable that cannot be resolved and why, and shows no value", () =>
    Effect.gen(function* () {
      const canaries = ["json", "binary", "large", "twice"].map((name) => makeCanary(name))
      const [json, binary, large, twice] = canaries.map(({ text }) => text)
      const environment = yield* makeEnvironment({
        artifact,
        config: FAULTY_CONFIG,
        seed: {
          parameters: [
            { name: "denied", value: "x" },
            { name: "/shop/a-b", value: `${twice}` },
            { name: "/shop/a.b", value: `${twice}` },
          ],
          secrets: [
            { name: "json", value: `{"a":"${json}"}` },
            { name: "binary", binary: Buffer.from(`${binary}`).toString("base64") },
          ],
          appconfig: [
            { application: "a", environment: "b", profile: "c", content: `${large}`.repeat(1_400) },
          ],
        },
        variables: {
          AWS_LAMBDA_EXEC_WRAPPER: WRAPPER,
          FIELD: "cache-extension://secrets?name=json&json=/b",
          BINARY: "cache-extension://secrets?name=binary",
          LARGE: "cache-extension://appconfig?name=a/b/c",
          ABSENT: "cache-extension://secrets?name=absent",
          DENIED: "cache-extension://parameters?name=denied",
          UNLISTED: "cache-extension://parameters?name=unlisted",
          KIND: "cache-extension://secret?name=json",
        },
        lambda: { function: MANAGED },
      })
      yield* environment.aws.faults.inject({
        match: ["denied"],
        effect: { kind: "error", status: 400, type: "AccessDeniedException" },
      })
      const failed = yield* Effect.flip(environment.lambda.init)
      assert.strictEqual(failed._tag, "InitFailed")
      if (failed._tag !== "InitFailed") return
      assert.strictEqual(failed.culprit, "function")
      assert.strictEqual(failed.reported?.errorType, "Runtime.EnvironmentUnresolved")
      const { errorMessage } = JSON.parse(failed.reported?.body ?? "{}") as Record<string, string>
      for (const part of [
        /FIELD: the value has nothing at "\/b"/,
        /BINARY: the value is binary; only text can be a variable/,
        /LARGE: the value is too large: variable and value take \d+ bytes; 131072 are allowed/,
        /ABSENT: \S+/,
        /DENIED: .*AccessDenied/,
        /UNLISTED: "unlisted" is not listed under parameters in config.yaml/,
        /KIND: there is nothing at "cache-extension:\/\/secret"; allowed: cache-extension:\/\/parameters/,
      ])
        assert.match(String(errorMessage), part)
      const printed = ({ line }: { readonly line: string }) => line.includes("UNLISTED: ")
      yield* environment.lambda.logs.waitFor(printed)
      assert.deepStrictEqual(findLeaks(canaries, outputsOf(environment)), [])
    }),
  )
})

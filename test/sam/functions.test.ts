/**
 * The sample functions of the stack under local Lambda with the built extension, and their permissions: a role allows
 * what the extension asks AWS for with that function's config.yaml, all of it and nothing else.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Call } from "../../local/aws/Calls.ts"
import { readSeed } from "../../cli/seed/seedFile.ts"
import type { FunctionSpec } from "../../local/lambda/options.ts"
import { ARTIFACTS, makeEnvironment } from "../support/extension.ts"
import { DEAD_PROXY, payloadOf, python3 } from "../support/lambda.ts"
import { allowedBy, functionOf, readTemplate, REGION, ROOT, SAM } from "./template.ts"

const template = readTemplate()

/** The layer of the template where this machine can execute it; the Node bundle otherwise. */
const ARTIFACT = ARTIFACTS.findLast(({ unable }) => unable === undefined)

const python = python3()
const PYTHON_RUNTIME = path.join(import.meta.dirname, "fixtures/python-runtime.py")

interface Sample {
  readonly name: "node" | "python"
  readonly id: string
  readonly role: string
  readonly function: FunctionSpec
  /** Why it cannot run here. */
  readonly unable: string | undefined
}

const SAMPLES: ReadonlyArray<Sample> = [
  {
    name: "node",
    id: "NodeFunction",
    role: "NodeRole",
    function: { kind: "node", taskRoot: path.join(SAM, "functions/node"), handler: "index.handler" },
    unable: undefined,
  },
  {
    name: "python",
    id: "PythonFunction",
    role: "PythonRole",
    function: {
      kind: "command",
      command: python ?? "python3",
      args: [PYTHON_RUNTIME],
      taskRoot: path.join(SAM, "functions/python"),
      handler: "app.handler",
    },
    unable: python === undefined ? "there is no python3" : undefined,
  },
]

/** The environment of a sample as the template deploys it: its variables, its config.yaml, what is in AWS. */
const environmentOf = Effect.fnUntraced(function* (sample: Sample, preload: boolean) {
  assert.isDefined(ARTIFACT)
  const { Environment } = functionOf(template, sample.id)
  const { Variables } = Environment as { readonly Variables: Record<string, unknown> }
  // The others are there only with observability.
  const variables = Object.fromEntries(
    Object.entries(Variables).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  )
  return yield* makeEnvironment({
    artifact: ARTIFACT,
    config: readFileSync(path.join(SAM, "functions", sample.name, "config.yaml"), "utf8"),
    seed: yield* Effect.orDie(readSeed(path.join(ROOT, "example/seed.yaml"))),
    variables: { ...variables, ...DEAD_PROXY, CACHE_EXTENSION_INIT_STARTUP: String(preload) },
    lambda: { function: sample.function, region: REGION, timeout: "10 seconds" },
  })
})

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:123456789012:${rest}`
const secretArn = (id: string): string => arn("secretsmanager", `secret:${id}-AbCdEf`)
const REFERENCE = "/aws/reference/secretsmanager/"

/** The permissions that AWS asks for when it gets a call: `action resource`. */
const permissionsFor = ({ names, operation, service }: Call): ReadonlyArray<string> => {
  switch (service) {
    case "ssm":
      return names.flatMap((name) => [
        `ssm:${operation} ${arn("ssm", `parameter${name.startsWith("/") ? "" : "/"}${name}`)}`,
        ...(name.startsWith(REFERENCE)
          ? [`secretsmanager:GetSecretValue ${secretArn(name.slice(REFERENCE.length))}`]
          : []),
      ])
    case "secretsmanager":
      return names.map((name) => `secretsmanager:${operation} ${secretArn(name)}`)
    case "dynamodb":
      // The names are the table and the items in it.
      return names.slice(0, 1).map((table) => `dynamodb:${operation} ${arn("dynamodb", `table/${table}`)}`)
    case "appconfig":
      return names.map((name) => `appconfig:${operation} ${arn("appconfig", name)}`)
    case "s3":
      return names.map((name) => `s3:${operation} arn:aws:s3:::${name}`)
    case "rds-data":
      return names.slice(0, 1).map((cluster) => `rds-data:${operation} ${arn("rds", `cluster:${cluster}`)}`)
    case "kms":
      return names.map((name) => `kms:${operation} ${arn("kms", name)}`)
    case "sts":
      return names.map((role) => `sts:${operation} ${role}`)
  }
}

/** The logs are the platform's business, not the extension's. */
const isOfLogs = (permission: string): boolean => permission.startsWith("logs:")

for (const sample of SAMPLES) {
  const because = sample.unable === undefined ? "" : `, skipped: ${sample.unable}`
  describe.skipIf(sample.unable !== undefined)(`the ${sample.name} sample${because}`, () => {
    for (const preload of [true, false]) {
      it.live(`reads a parameter, a secret and an item through the layer, with preload ${preload}`, () =>
        Effect.gen(function* () {
          const { lambda } = yield* environmentOf(sample, preload)
          for (const _ of ["cold", "warm"]) {
            const result = yield* lambda.invoke({})
            assert.isUndefined(result.functionError)
            assert.deepStrictEqual(payloadOf(result), {
              runtime: sample.name === "node" ? "nodejs" : "python",
              parameter: "Hello from Parameter Store",
              ...(sample.name === "node" ? { greeting: "Hello from Parameter Store" } : {}),
              secretLength: "a secret from Secrets Manager".length,
              item: { pKey: "pKey1", sKey: "sKey1", Data: "Sample Data" },
            })
          }
          yield* lambda.shutdown()
        }).pipe(Effect.scoped),
      )
    }

    it.live("may do what the extension does for it, and nothing else", () =>
      Effect.gen(function* () {
        const seen = new Set<string>()
        // Everything at once at the start, and each by itself when its time is over.
        for (const preload of [true, false]) {
          const { aws, lambda } = yield* environmentOf(sample, preload)
          const result = yield* lambda.invoke({})
          assert.isUndefined(result.functionError)
          for (const call of yield* aws.calls.all) {
            for (const permission of permissionsFor(call)) seen.add(permission)
          }
          yield* lambda.shutdown()
        }
        const allowed = allowedBy(template, sample.role).filter((permission) => !isOfLogs(permission))
        assert.deepStrictEqual([...seen].toSorted(), allowed.toSorted())
      }).pipe(Effect.scoped),
    )
  })
}

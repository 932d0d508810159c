/**
 * What docker/ has for agents: the task definition of ECS and the manifest of Kubernetes, by published schemas and models, and the
 * image, built from an empty base image where buildah is on PATH.
 */
import { RegoEngine, TemplateFile } from "@aws/cloudformation-validate"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import process from "node:process"
import { parseAllDocuments } from "yaml"
import { parse } from "../../src/agent/command.ts"
import { freePort } from "../support/extensionHttp.ts"
import { folderOf } from "../support/lambda.ts"
import { readConfig } from "../support/configs.ts"
import { startProgram } from "../support/program.ts"
import { skipped } from "../support/skipped.ts"
import { isOnPath } from "../sam/onPath.ts"
import { ROOT } from "../../scripts/bundle.ts"
import { MODULES } from "./packages.ts"

const DOCKER = path.join(ROOT, "docker")
const textOf = (file: string): string => readFileSync(path.join(DOCKER, file), "utf8")
const TASK = path.join(DOCKER, "agent.ecs.json")
const LAUNCHER = "/opt/extensions/cache-extension"

/** The keys of ECS's API in the form of CloudFormation. Those of `options` are the log driver's. */
const asCloudFormation = (value: unknown, key = ""): unknown => {
  if (Array.isArray(value)) return value.map((item) => asCloudFormation(item))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      key === "options" ? name : `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      asCloudFormation(inner, name),
    ]),
  )
}

const templateOf = (text: string): string =>
  JSON.stringify({
    Resources: { Task: { Type: "AWS::ECS::TaskDefinition", Properties: asCloudFormation(JSON.parse(text)) } },
  })

/** The rules about schemas. The others advise on templates, which this is not: account ids as parameters, tags. */
const FAULT = /^[EF]/

const findingsOf = (file: string): ReadonlyArray<string> => {
  const engine = new RegoEngine()
  try {
    return engine
      .validateStandard(new TemplateFile(file))
      .diagnostics.filter(({ ruleId }) => FAULT.test(ruleId))
      .map(({ message, ruleId }) => `${ruleId}: ${message}`)
  } finally {
    engine.free()
  }
}

describe("the task definition", () => {
  it.effect("is free of findings by AWS's validator, which sees a misspelt key", () =>
    Effect.gen(function* () {
      const right = textOf("agent.ecs.json")
      const folder = yield* folderOf({
        "right.json": templateOf(right),
        "wrong.json": templateOf(right.replace('"stopTimeout"', '"stopTimeoutt"')),
      })
      assert.deepStrictEqual(findingsOf(path.join(folder, "right.json")), [])
      assert.notDeepEqual(findingsOf(path.join(folder, "wrong.json")), [])
    }),
  )

  const canRegister = isOnPath("moto_server") && isOnPath("aws")
  it.live.skipIf(!canRegister)(
    `is registered by the AWS CLI with moto${skipped(!canRegister, "without moto_server and aws on PATH")}`,
    () =>
      Effect.gen(function* () {
        const port = yield* freePort
        const server = yield* startProgram(["-p", String(port)], { command: "moto_server" })
        yield* server.shows(/Running on/)
        const url = `http://127.0.0.1:${port}`
        const args = `ecs register-task-definition --region eu-west-1 --endpoint-url ${url} --cli-input-json file://${TASK}`
        const env = { ...process.env, AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y" }
        const said = execFileSync("aws", [...args.split(" "), "--output", "json"], { encoding: "utf8", env })
        assert.include(said, '"status": "ACTIVE"')
      }),
  )
})

interface Model {
  readonly validate: () => void
}
type Models = Readonly<Record<string, new (data: unknown) => Model>>

const modelOf = (document: { readonly apiVersion: string; readonly kind: string }): Model => {
  const models = createRequire(`${MODULES}/`)(`kubernetes-models/${document.apiVersion}`) as Models
  const Kind = models[document.kind]
  if (Kind === undefined) throw new Error(`there is no ${document.kind}`)
  return new Kind(document)
}

const documents = parseAllDocuments(textOf("agent.kubernetes.yaml")).map((document) => document.toJS())

describe("the manifest", () => {
  it("is valid by the models of Kubernetes, which see a wrong value", () => {
    assert.deepStrictEqual(
      documents.map(({ kind }) => kind),
      ["ConfigMap", "Deployment"],
    )
    for (const document of documents) modelOf(document).validate()
    const wrong = structuredClone(documents[1])
    wrong.spec.template.spec.initContainers[0].startupProbe.periodSeconds = "soon"
    assert.throws(() => modelOf(wrong).validate(), /periodSeconds must be integer/)
  })

  it("has the agent as a native sidecar, with probes that the program knows and a file that it accepts", () => {
    const [{ data }, { spec }] = documents
    const [agent] = spec.template.spec.initContainers
    assert.strictEqual(agent.restartPolicy, "Always")
    for (const probe of [agent.startupProbe, agent.livenessProbe]) {
      const [launcher, ...args] = probe.exec.command
      assert.strictEqual(launcher, LAUNCHER)
      assert.strictEqual(parse(args)._tag, "Probe")
    }
    const context = { file: "config.yaml", region: "eu-west-1", ttl: undefined }
    assert.strictEqual(readConfig(data["config.yaml"], context)._tag, "Success")
  })
})

const canBuild = isOnPath("buildah") && process.getuid?.() === 0

describe("the image", () => {
  it.effect.skipIf(!canBuild)(
    `has the launcher as its entry point, a user without rights and a probe${skipped(!canBuild, "without buildah on PATH and the rights of root")}`,
    () =>
      Effect.gen(function* () {
        // No test fetches a base image, and an empty one has nothing to run.
        const text = textOf("agent.Dockerfile")
          .replace(/^FROM debian.*$/m, "FROM scratch")
          .replace(/^RUN .*\n/m, "")
        const folder = yield* folderOf({ Dockerfile: text })
        const where = ["--root", `${folder}/store`, "--runroot", `${folder}/run`, "--storage-driver", "vfs"]
        const buildah = (...args: ReadonlyArray<string>) =>
          spawnSync("buildah", [...where, ...args], { encoding: "utf8" })
        const built = buildah(
          "bud",
          "--isolation=chroot",
          "--format=docker",
          "--platform=linux/amd64",
          `--file=${folder}/Dockerfile`,
          "--tag=agent",
          path.join(ROOT, "dist"),
        )
        assert.strictEqual(built.status, 0, built.stderr)
        const { config } = JSON.parse(buildah("inspect", "--type", "image", "agent").stdout).Docker
        assert.deepInclude(config, {
          User: "65532:65532",
          WorkingDir: "/etc/cache-extension",
          Entrypoint: [LAUNCHER],
          Cmd: ["serve"],
        })
        assert.deepStrictEqual(config.Healthcheck.Test, ["CMD", LAUNCHER, "health"])
      }),
  )
})

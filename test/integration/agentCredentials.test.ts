/**
 * Whose credentials an agent calls AWS with: those of the container, the instance, the pod or the profile that it runs with, by the
 * SDK's own providers, and in which region.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, spawnSync } from "node:child_process"
import path from "node:path"
import process from "node:process"
import { makeAgent, serving } from "../support/agent.ts"
import { AUTHORIZATION, credentialEndpoints, KEY_OF, WEB_IDENTITY } from "../support/credentialEndpoints.ts"
import { onEachArtifact } from "../support/extension.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

interface Place {
  readonly name: string
  /** The variables there; `url` is that of the endpoints, `folder` has the files below. */
  readonly variables: (url: string, folder: string) => Readonly<Record<string, string>>
  readonly key: string
  readonly region: string
}

const FILES = {
  authorization: AUTHORIZATION,
  identity: WEB_IDENTITY,
  config:
    "[default]\nregion = ap-south-1\n\n[profile work]\nregion = ca-central-1\n\n" +
    `[profile process]\nregion = sa-east-1\ncredential_process = printf '{"Version":1,"AccessKeyId":"KEYOFPROCESS","SecretAccessKey":"secret-that-no-log-shows"}'\n`,
  credentials:
    "[default]\naws_access_key_id = KEYOFDEFAULT\naws_secret_access_key = secret-that-no-log-shows\n\n" +
    "[work]\naws_access_key_id = KEYOFWORK\naws_secret_access_key = secret-that-no-log-shows\n",
}

const profiles = (folder: string) => ({
  AWS_CONFIG_FILE: path.join(folder, "config"),
  AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "credentials"),
})

const PLACES: ReadonlyArray<Place> = [
  {
    name: "a task of ECS or a pod with EKS Pod Identity",
    variables: (url, folder) => ({
      AWS_REGION: "eu-west-3",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path.join(folder, "authorization"),
    }),
    key: KEY_OF.container,
    region: "eu-west-3",
  },
  {
    name: "an instance of EC2, with version 2 of its metadata",
    variables: (url) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_V1_DISABLED: "true" }),
    key: KEY_OF.instance,
    region: "eu-north-1",
  },
  {
    name: "a pod with a role for its service account (IRSA)",
    variables: (url, folder) => ({
      AWS_REGION: "eu-west-3",
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/pod",
      AWS_WEB_IDENTITY_TOKEN_FILE: path.join(folder, "identity"),
      AWS_ENDPOINT_URL_STS: url,
    }),
    key: KEY_OF.webIdentity,
    region: "eu-west-3",
  },
  {
    name: "a laptop with a default profile",
    variables: (_, folder) => profiles(folder),
    key: "KEYOFDEFAULT",
    region: "ap-south-1",
  },
  {
    name: "a laptop with AWS_PROFILE, which wins over keys",
    variables: (_, folder) => ({
      ...profiles(folder),
      AWS_PROFILE: "work",
      AWS_ACCESS_KEY_ID: "KEYOFENVIRONMENT",
      AWS_SECRET_ACCESS_KEY: "secret-that-no-log-shows",
    }),
    key: "KEYOFWORK",
    region: "ca-central-1",
  },
  {
    name: "a laptop with a profile that starts a process",
    variables: (_, folder) => ({ ...profiles(folder), AWS_PROFILE: "process" }),
    key: "KEYOFPROCESS",
    region: "sa-east-1",
  },
]

/** A busy machine may take seconds for what an idle one does at once. */
const CONFIG = "parameters:\n  - names: [A]\ncache: { read_budget: 30s }\n"

/** No variable of `KEYS`: an empty one counts as unset. */
const NONE = { AWS_REGION: "", AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }

/** In a network namespace of its own, this machine has the address at which ECS serves the credentials of a task. */
const IN_TASK = "ip link set lo up && ip addr add 169.254.170.2/32 dev lo && exec "
const inTask = (command: string) =>
  ["unshare", ["--map-root-user", "--net", "sh", "-c", IN_TASK + command]] as const

const [UNSHARE, TRIAL] = inTask("true")
const canBeTask = spawnSync(UNSHARE, TRIAL).status === 0

onEachArtifact("an agent calls AWS", (artifact) => {
  it.live.skipIf(!canBeTask)(
    `as a task of ECS, with AWS_CONTAINER_CREDENTIALS_RELATIVE_URI${skipped(!canBeTask, "without network namespaces")}`,
    () =>
      Effect.gen(function* () {
        const script = path.join(import.meta.dirname, "../support/fixtures/relativeCredentials.ts")
        const [command, args] = inTask(`'${process.execPath}' '${script}' '${artifact.extensionsFolder}'`)
        const stdout = yield* Effect.callback<string>((resume) => {
          execFile(command, args, (error, out, stderr) =>
            resume(error === null ? Effect.succeed(out) : Effect.die(new Error(out + stderr))),
          )
        })
        const { keys, said } = JSON.parse(stdout)
        assert.deepStrictEqual([...new Set(keys)], ["KEYOFTASK"])
        assert.include(said, "credentials: the container's endpoint")
        assert.notInclude(said, "secret-that-no-log-shows")
      }),
  )

  it.live.each(PLACES)("as $name", ({ key, region, variables }) =>
    Effect.gen(function* () {
      const folder = yield* folderOf(FILES)
      const url = yield* credentialEndpoints
      const agent = yield* makeAgent({
        artifact,
        config: CONFIG,
        variables: { ...NONE, HOME: folder, ...variables(url, folder) },
      })
      const program = yield* agent.start()
      yield* serving(program)
      // Local AWS has no such parameter. What counts is who asks for it. A source that is slow to start gets another chance.
      const asked = Effect.map(agent.aws.calls.all, (calls) =>
        calls.filter(({ service }) => service === "ssm"),
      )
      yield* Effect.repeat(agent.ask("/parameters?name=A"), {
        until: () => Effect.map(asked, ({ length }) => length > 0),
      })
      for (const call of yield* asked) assert.deepStrictEqual([call.accessKeyId, call.region], [key, region])
      assert.include(program.output(), `Region: ${region}; credentials: `)
      assert.notInclude(program.output(), "secret-that-no-log-shows")
    }),
  )

  it.live("with nobody's credentials never, and says where it looked", () =>
    Effect.gen(function* () {
      const variables = {
        ...NONE,
        AWS_REGION: "eu-west-1",
        AWS_EC2_METADATA_DISABLED: "true",
        HOME: "/nowhere",
      }
      const agent = yield* makeAgent({ artifact, config: CONFIG, variables })
      yield* serving(yield* agent.start())
      const { status, text } = yield* agent.ask("/parameters?name=A")
      assert.strictEqual(status, 502)
      assert.include(
        text,
        "no credentials: neither keys in the environment, a profile, AWS_WEB_IDENTITY_TOKEN_FILE, a container's endpoint nor the instance's metadata has any",
      )
      assert.deepStrictEqual(yield* agent.aws.calls.all, [])
    }),
  )
})

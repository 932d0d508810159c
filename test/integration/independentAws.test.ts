/**
 * The built extension in front of an AWS that this project did not write: `moto_server`, where a machine has it. Everything
 * that can be listed, alone and in batches, by name, by ARN and by version; then what is missing, denied or replaced.
 *
 * Its replies lack what AWS sends (a Selector), or have it otherwise (the name of a secret reference): docs of the
 * deviations are in test/conformance/motoDeviations.ts. A value must never be refused for that, nor mistaken for another.
 */
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import { PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { seedFrom } from "../../local/aws/seed.ts"
import { isMotoInstalled, motoEndpoint } from "../conformance/Moto.ts"
import { clientsFor, REGION } from "../support/aws.ts"
import { isOnNode, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { BINARY, CONFIG, ITEM, ITEM_JSON, SEED } from "./fixtures/kinds.ts"
import { skipped } from "../support/skipped.ts"

const ROLE = "arn:aws:iam::123456789012:role/reader"

/** What else is listed: versions of a parameter beside it, ARNs, a path, a role. */
const MORE = (secretArn: string) => `
on_demand: allow
parameters:
  - names: [A, "A:1", "A:2", "A:old", /deep/in/it, /aws/reference/secretsmanager/secret_info]
    paths: [/deep]
  - names: [B]
    role_arn: ${ROLE}
secrets:
  - names: [rotated, "${secretArn}", "${secretArn.slice(0, -7)}", db/main, binary]
  - names: [previous]
    version_stage: AWSPREVIOUS
`

onEachArtifact("an independent AWS", (artifact) => {
  it.live.skipIf(!isMotoInstalled)(
    `is read in all that can be listed, loaded at the start or not${skipped(!isMotoInstalled, "without moto_server")}`,
    () =>
      Effect.gen(function* () {
        const endpoint = yield* motoEndpoint
        yield* Effect.orDie(seedFrom(endpoint, { region: REGION, ...SEED }))
        for (const preload of [true, false]) {
          const { read } = yield* startEnvironment({
            artifact,
            config: CONFIG,
            preload,
            endpointOf: () => endpoint,
          })
          const answers = yield* Effect.forEach(
            [
              ["parameters", "plain", "a plain value"],
              ["parameters", "encrypted", "a SecureString, decrypted"],
              ["parameters", "versioned:1", "first version"],
              ["parameters", "versioned:live", "first version"],
              ["parameters", "007", "not seven"],
              ["parameters", "deep", "schön ✓ 🎉"],
              ["parameters", "elsewhere", "from Ireland"],
              ["parameters", "/aws/reference/secretsmanager/secret_info", "a secret by reference"],
              ["secrets", "db/main", '{"user":"u","password":"p"}'],
              ["secrets", "a+b=c@d", "name with symbols"],
              ["secrets", "binary", BINARY.toString("utf8")],
              ["dynamodb", "Flat-only", '{"Data":"by hash","id":"only"}'],
              ["dynamodb", `Types-${ITEM}`, ITEM_JSON.replace("[1,2.5]", "[1,2.50]")],
            ] as const,
            ([kind, name, expected]) =>
              Effect.map(read(kind, name), ({ status, text }) => [name, status, text, expected] as const),
            { concurrency: "unbounded" },
          )
          for (const [name, status, text, expected] of answers) {
            assert.strictEqual(text, expected, `${name}: ${status}`)
          }
          for (const name of ["Orders-customer 1-2026/11-24", "Binaries-AAH/", "Series-s-10.5"]) {
            const answer = yield* read("dynamodb", name)
            assert.strictEqual(answer.status, 200, answer.text)
          }
        }
      }),
    60_000,
  )

  // One of the two is enough on the other artifact: the services' replies are read by the same code.
  if (!isOnNode(artifact)) return
  it.live.skipIf(!isMotoInstalled)(
    `gives each version, path, role, stage and secret's ARN its own value, all in one load${skipped(!isMotoInstalled, "without moto_server")}`,
    () =>
      Effect.gen(function* () {
        const endpoint = yield* motoEndpoint
        const { secrets, ssm } = yield* clientsFor(endpoint)
        yield* Effect.orDie(
          seedFrom(endpoint, {
            region: REGION,
            parameters: [
              { name: "A", value: "one", labels: ["old"] },
              { name: "B", value: "by role" },
              { name: "/deep/in/it", value: "deep" },
              { name: "/deep/2", value: "2" },
            ],
            secrets: [
              { name: "rotated", value: "old" },
              { name: "previous", value: "old" },
              { name: "db/main", value: "{}" },
              { name: "binary", binary: BINARY.toString("base64") },
              { name: "secret_info", value: "by reference" },
            ],
          }),
        )
        yield* Effect.promise(async () => {
          await ssm.send(new PutParameterCommand({ Name: "A", Value: "two", Overwrite: true }))
          for (const SecretId of ["rotated", "previous"])
            await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: "new" }))
        })
        const { ARN: secretArn = "" } = yield* Effect.promise(() =>
          secrets.send(new PutSecretValueCommand({ SecretId: "rotated", SecretString: "newest" })),
        )
        const { ask, read } = yield* startEnvironment({
          artifact,
          config: MORE(secretArn),
          preload: true,
          endpointOf: () => endpoint,
        })
        const expected = [
          ["parameters", "A", "two"],
          ["parameters", "A:1", "one"],
          ["parameters", "A:2", "two"],
          ["parameters", "A:old", "one"],
          ["parameters", "B", "by role"],
          ["parameters", "/deep/in/it", "deep"],
          ["parameters", "/deep/2", "2"],
          ["parameters", "/aws/reference/secretsmanager/secret_info", "by reference"],
          ["secrets", "rotated", "newest"],
          ["secrets", secretArn, "newest"],
          ["secrets", secretArn.slice(0, -7), "newest"],
          ["secrets", "previous", "old"],
        ] as const
        for (const [kind, name, value] of expected) {
          const answer = yield* read(kind, name)
          assert.strictEqual(answer.text, value, `${kind} ${name}`)
        }
        const path = yield* ask("/parameters?path=/deep")
        assert.strictEqual(path.text, '{"/deep/2":"2","/deep/in/it":"deep"}')

        const missing = ["/parameters?name=none", "/secrets?name=none", "/parameters?name=A&version=9"]
        for (const target of missing) assert.strictEqual((yield* ask(target)).status, 404, target)

        yield* Effect.promise(() =>
          ssm.send(new PutParameterCommand({ Name: "B", Value: "anew", Overwrite: true })),
        )
        yield* Effect.repeat(ask("/parameters?name=B", { headers: { "cache-control": "no-cache" } }), {
          until: ({ text }) => text === "anew",
        })
      }),
    60_000,
  )
})

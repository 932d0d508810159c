/**
 * What docs/config-at-scale.md shows, on the built artifacts: variables, a second file, the whole file in a variable, names on
 * demand by patterns. Also what the launcher and the bundler could break.
 */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { isEvent } from "../../local/lambda/events.ts"
import { makeEnvironment, onEachArtifact } from "../support/extension.ts"

const SEED = {
  parameters: ["/shop/prod/db", "/shop/prod/other", "/common/level", "/shop/test/db"].map((name) => ({
    name,
    value: `value of ${name}`,
  })),
}

onEachArtifact("config.yaml at scale", (artifact) => {
  it.live(
    "has variables and a second file: what they list is served, and what no pattern allows costs no call",
    () =>
      Effect.gen(function* () {
        const { aws, configFile, lambda, read } = yield* makeEnvironment({
          artifact,
          config: `include: \${COMMON:-common}.yaml
parameters: [{ names: [/shop/\${STAGE}/db] }]
on_demand: { allow: ["/shop/\${STAGE}/*"] }
`,
          seed: SEED,
          variables: { STAGE: "prod" },
          lambda: { freeze: false },
        })
        writeFileSync(
          path.join(path.dirname(configFile), "common.yaml"),
          "parameters: [{ names: [/common/level] }]\n",
        )
        yield* lambda.init
        for (const name of ["/shop/prod/db", "/common/level", "/shop/prod/other"])
          assert.strictEqual((yield* read("parameters", name)).text, `value of ${name}`)
        yield* aws.calls.clear
        assert.strictEqual((yield* read("parameters", "/shop/test/db")).status, 404)
        assert.isEmpty(yield* aws.calls.all)
      }),
  )

  it.live("needs no file where a variable holds it", () =>
    Effect.gen(function* () {
      const { lambda, read } = yield* makeEnvironment({
        artifact,
        config: undefined,
        seed: SEED,
        variables: {
          STAGE: "prod",
          CACHE_EXTENSION_CONFIG: "",
          CACHE_EXTENSION_CONFIG_YAML: "{parameters: [{names: [/shop/${STAGE}/db]}]}",
        },
        lambda: { freeze: false },
      })
      yield* lambda.init
      assert.strictEqual((yield* read("parameters", "/shop/prod/db")).text, "value of /shop/prod/db")
    }),
  )

  it.live("that names an unset variable ends INIT with its line, and shows no value of another", () =>
    Effect.gen(function* () {
      const { configFile, lambda } = yield* makeEnvironment({
        artifact,
        config: "parameters:\n  - names: [/shop/${STAGE}/db]\n    ttl: ${PASSWORD}\n",
        variables: { PASSWORD: "s3cr3t" },
      })
      yield* Effect.flip(lambda.init)
      const report = yield* lambda.events.waitFor(isEvent("init-error"))
      const { errorMessage = "" } = JSON.parse(report.body) as { readonly errorMessage?: string }
      assert.deepStrictEqual(errorMessage.split("\n"), [
        `${configFile}:2:13: parameters[0].names[0]: found "\${STAGE}", and the variable STAGE is not set; allowed: a variable of the environment, or a default: \${STAGE:-default}`,
        `${configFile}:3:10: parameters[0].ttl: found "\${PASSWORD}", whose variables have been replaced; allowed: a duration such as 30s, 3m, 1h30m or 300ms`,
      ])
      assert.notInclude(JSON.stringify(lambda.logs.all()), "s3cr3t")
    }),
  )
})

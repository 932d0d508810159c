/**
 * A value that is empty, which Parameter Store does not take but Secrets Manager and stand-ins of AWS give, is a value.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { onEachArtifact, startEnvironment } from "../support/extension.ts"
import { serveAnswer } from "../support/extensionAws.ts"

const EMPTY = '{"Parameter":{"Name":"plain","Type":"String","Value":"","Version":1}}'

onEachArtifact("an empty value", (artifact) => {
  it.live("is served and held: it is no miss", () =>
    Effect.gen(function* () {
      const endpoint = yield* serveAnswer(EMPTY)
      const { read } = yield* startEnvironment({
        artifact,
        config: "parameters:\n  - names: [plain]\n",
        endpointOf: () => endpoint,
      })
      yield* read("parameters", "plain")
      const second = yield* read("parameters", "plain")
      assert.deepInclude(second, { status: 200, text: "" })
      assert.match(String(second.headers["cache-status"]), /^cache-extension; hit/)
    }),
  )
})

/**
 * A short run of the fuzz, always with the same seed: whatever is asked, the built extension answers as declared, lives,
 * and keeps no socket. `npm run fuzz` is the long one.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fuzz, startWorld } from "../../scripts/fuzz/fuzz.ts"
import { EXTENSION, onEachArtifact } from "../support/extension.ts"

const SECONDS = 5
const SEED_NUMBER = 1

/** Connections that the round after may still be closing. */
const MAX_NEW_SOCKETS = 10

onEachArtifact("the fuzz", (artifact) => {
  it.live("finds nothing in five seconds of random requests and bytes, while AWS fails in all its ways", () =>
    Effect.gen(function* () {
      const environment = yield* startWorld(artifact)
      const { agent, compatible, failure, requests, samples } = yield* fuzz(environment, {
        seed: SEED_NUMBER,
        seconds: SECONDS,
      })
      assert.isUndefined(failure)
      assert.includeMembers([...requests.keys()], [200, 204, 400, 404, 405])
      assert.includeMembers([...compatible.keys()], [200, 400, 401])
      assert.includeMembers([...agent.keys()], [200, 400, 404, 405])

      const [first, ...later] = samples.map(({ sockets }) => sockets)
      assert.isNotEmpty(later)
      assert.isAtMost(Math.min(...later), (first ?? 0) + MAX_NEW_SOCKETS)

      const { extensions } = yield* environment.lambda.shutdown()
      assert.deepInclude(extensions[0], { name: EXTENSION, code: 0, killed: false })
    }),
  )
})

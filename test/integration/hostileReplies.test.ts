/**
 * Whatever stands in AWS's place may answer what it likes: the built extension serves what is a value, says 502 or 504 for what
 * is none, and goes on. Nothing of a reply becomes a line, or a part of a header, that it should not be.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { EXTENSION, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { ODD_REPLIES, serveOddReplies, VALUE } from "../support/oddReplies.ts"

const NAMES = Object.keys(ODD_REPLIES)

/** Each in a region of its own, so that none opens the circuit of another or shares its batch. */
const CONFIG = `cache:
  read_budget: 1500ms
parameters:
${NAMES.map((name, index) => `  - { region: us-east-${index}, names: [${name}] }`).join("\n")}
`

const OURS = new RegExp(`^\\[${EXTENSION}\\] `)

onEachArtifact("a reply that no AWS sends", (artifact) => {
  it.live("is a value, 502 or 504, and the next one is a value again", () =>
    Effect.gen(function* () {
      const endpoint = yield* serveOddReplies
      const { ask, lambda, lines, read } = yield* startEnvironment({
        artifact,
        config: CONFIG,
        endpointOf: () => endpoint,
      })
      const answers = yield* Effect.forEach(
        NAMES,
        (name) => Effect.map(read("parameters", name), (answer) => ({ name, ...answer })),
        { concurrency: 4 },
      )
      for (const { headers, name, status, text } of answers) {
        const end = ODD_REPLIES[name]?.end
        const shown = `${name}: ${status} ${text.slice(0, 200)}`
        if (end === "value") assert.deepStrictEqual([status, text], [200, VALUE], shown)
        else assert.include(end === "refused" ? [502, 504] : [200, 502, 504], status, shown)
        assert.notMatch(JSON.stringify(headers), /FORGED/)
      }
      assert.deepInclude(yield* ask("/health"), { status: 200 })
      assert.deepInclude(yield* read("parameters", "plain"), { status: 200, text: VALUE })
      for (const line of lines().filter((line) => line !== "")) {
        assert.match(line, OURS)
        assert.notMatch(line, /[\p{Cc}\u2028\u2029]/u)
        assert.notMatch(line, /a bug|Error:.* at /)
      }
      assert.deepStrictEqual(
        lambda.events.all().filter(({ type }) => type === "exited"),
        [],
      )
    }),
  )
})

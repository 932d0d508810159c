/**
 * How staging labels move between the versions of a secret, for any sequence of moves.
 *
 * test/conformance/secretStages.ts has what callers see of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { attachStage, detachStage, type Stages, stagesOf } from "../../../local/aws/secretModel.ts"

const Stage = Schema.Literals(["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "blue"])
const VersionId = Schema.Literals(["v1", "v2", "v3"])
const Move = Schema.Struct({ stage: Stage, to: VersionId })

const play = (moves: ReadonlyArray<typeof Move.Type>): Stages =>
  moves.reduce<Stages>((stages, { stage, to }) => attachStage(stages, stage, to), new Map())

describe("staging labels", () => {
  it.effect.prop("are on one version each, however they are moved", [Schema.Array(Move)], ([moves]) =>
    Effect.sync(() => {
      const stages = play(moves)
      const listed = VersionId.literals.flatMap((id) => stagesOf(stages, id))
      assert.deepStrictEqual(listed.toSorted(), [...stages.keys()].toSorted())
    }),
  )

  it.effect.prop(
    "leave AWSPREVIOUS on the version that AWSCURRENT left last",
    [Schema.Array(Move), VersionId],
    ([moves, to]) =>
      Effect.sync(() => {
        const before = play(moves)
        const holder = before.get("AWSCURRENT")
        const after = attachStage(before, "AWSCURRENT", to)
        assert.strictEqual(after.get("AWSCURRENT"), to)
        const previous = holder === undefined || holder === to ? before.get("AWSPREVIOUS") : holder
        assert.strictEqual(after.get("AWSPREVIOUS"), previous)
      }),
  )

  it("leave the map they were in as it was", () => {
    const stages = play([{ stage: "blue", to: "v1" }])
    assert.strictEqual(detachStage(stages, "blue").size, 0)
    assert.strictEqual(stages.get("blue"), "v1")
  })
})

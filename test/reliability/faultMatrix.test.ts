/**
 * The fault matrix: every fault at every moment of an environment's life, for every service, frozen in flight or not,
 * on the built artifacts with the SDK's own clients. `npm run test:reliability`, a few minutes.
 *
 * A whole run on the standalone executable writes docs/reliability.md.
 */
import { afterAll, assert, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { onEachArtifact } from "../support/extension.ts"
import { type Cell, play } from "../support/faultMatrixCell.ts"
import { FAULTS } from "../support/faultMatrixFaults.ts"
import { CAN_RENAME } from "../support/faultMatrixNetwork.ts"
import { CELLS, pageOf } from "../support/faultMatrixReport.ts"
import { MOMENTS } from "../support/faultMatrixWorld.ts"

const PAGE = path.resolve(import.meta.dirname, "../../docs/reliability.md")
const PAGE_IS_ABOUT = "standalone executable"

/** Environments at a time: they wait most of the time. */
const CONCURRENCY = 8

const PLACES = MOMENTS.flatMap((moment) => [false, true].map((isFrozen) => ({ moment, isFrozen })))

/** A machine without mount namespaces cannot take a name away. */
const isPossible = ({ title }: (typeof FAULTS)[number]): boolean =>
  CAN_RENAME || title !== "cannot be found by its name"

onEachArtifact("no fault of AWS makes a read fail that could have been served, while AWS", (artifact) => {
  const cells: Array<Cell> = []

  for (const fault of FAULTS) {
    it.live.skipIf(!isPossible(fault))(fault.title, () =>
      Effect.gen(function* () {
        const played = yield* Effect.forEach(PLACES, (place) => play({ artifact, fault, ...place }), {
          concurrency: CONCURRENCY,
        })
        cells.push(...played.flat())
        const broken = played
          .flat()
          .flatMap((cell) =>
            cell.broken.map((words) => `${cell.moment}${cell.isFrozen ? ", frozen" : ""}: ${words}`),
          )
        assert.deepStrictEqual(broken, [])
      }),
    )
  }

  afterAll(async () => {
    if (artifact.name !== PAGE_IS_ABOUT || cells.length !== CELLS) return
    const today = await Effect.runPromise(DateTime.now)
    writeFileSync(PAGE, pageOf(cells, artifact.name, DateTime.formatIsoDateUtc(today)))
  })
})

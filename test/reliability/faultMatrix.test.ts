/**
 * The fault matrix: every fault at every moment of an environment's life, for every source, frozen in flight or not,
 * on the built artifacts with the SDK's own clients; faults between the rounds of a fetch; connections that die in a
 * freeze. `npm run test:reliability`, a few minutes.
 *
 * A whole run on the standalone executable writes docs/reliability.md.
 */
import { afterAll, assert, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { onEachArtifact, STANDALONE } from "../support/extension.ts"
import { DEATHS } from "../support/extensionRelay.ts"
import { type Cell, play } from "../support/faultMatrixCell.ts"
import { type DeathCell, playDeath } from "../support/faultMatrixDeaths.ts"
import { FAULTS } from "../support/faultMatrixFaults.ts"
import { CAN_RENAME } from "../support/faultMatrixNetwork.ts"
import { isWholeRun, pageOf } from "../support/faultMatrixReport.ts"
import { playRounds, ROUND_FAULTS, ROUND_MOMENTS, type RoundCell } from "../support/faultMatrixRounds.ts"
import { MOMENTS } from "../support/faultMatrixSources.ts"
import { COUNTS } from "../support/keptConnections.ts"

const PAGE = path.resolve(import.meta.dirname, "../../docs/reliability.md")

/** Environments at a time: they wait most of the time. */
const CONCURRENCY = 8

/** Of those with many connections. */
const FEW = 3

const PLACES = MOMENTS.flatMap((moment) => [false, true].map((isFrozen) => ({ moment, isFrozen })))

/** A machine without mount namespaces cannot take a name away. */
const isPossible = ({ title }: (typeof FAULTS)[number]): boolean =>
  CAN_RENAME || title !== "cannot be found by its name"

/** What was seen of the artifact that the page is about. */
const seen: { cells: Array<Cell>; rounds: Array<RoundCell>; deaths: Array<DeathCell> } = {
  cells: [],
  rounds: [],
  deaths: [],
}

onEachArtifact("no fault of AWS makes a read fail that could have been served, while AWS", (artifact) => {
  for (const fault of FAULTS) {
    it.live.skipIf(!isPossible(fault))(fault.title, () =>
      Effect.gen(function* () {
        const played = yield* Effect.forEach(PLACES, (place) => play({ artifact, fault, ...place }), {
          concurrency: CONCURRENCY,
        })
        if (artifact.name === STANDALONE) seen.cells.push(...played.flat())
        const broken = played
          .flat()
          .flatMap((cell) =>
            cell.broken.map((words) => `${cell.moment}${cell.isFrozen ? ", frozen" : ""}: ${words}`),
          )
        assert.deepStrictEqual(broken, [])
      }),
    )
  }
})

onEachArtifact("what has come of several rounds is kept, while from the second on AWS", (artifact) => {
  for (const fault of ROUND_FAULTS) {
    it.live(fault.title, () =>
      Effect.gen(function* () {
        const played = yield* Effect.forEach(ROUND_MOMENTS, (moment) => playRounds(artifact, fault, moment), {
          concurrency: CONCURRENCY,
        })
        if (artifact.name === STANDALONE) seen.rounds.push(...played)
        const broken = played.flatMap((cell) => cell.broken)
        assert.deepStrictEqual(broken, [])
      }),
    )
  }
})

onEachArtifact("reads after a freeze have new values although all connections were", (artifact) => {
  for (const death of DEATHS) {
    it.live(death, () =>
      Effect.gen(function* () {
        const played = yield* Effect.forEach(COUNTS, (count) => playDeath(artifact, death, count), {
          concurrency: FEW,
        })
        if (artifact.name === STANDALONE) seen.deaths.push(...played)
        const said = played.flatMap(({ gone, held }) => [held, gone])
        assert.deepStrictEqual(
          said,
          COUNTS.flatMap(() => ["200 new", "200 new"]),
        )
      }),
    )
  }
})

afterAll(async () => {
  if (!isWholeRun(seen)) return
  const today = await Effect.runPromise(DateTime.now)
  writeFileSync(PAGE, pageOf(seen, STANDALONE, DateTime.formatIsoDateUtc(today)))
})

/**
 * One suite that states what AWS does, run against our emulator always and against moto where it is installed.
 *
 * It keeps the emulator honest: what the extension is tested on behaves as an independent implementation does, and
 * where the two differ, motoDeviations.ts says why ours is right.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { configurationCases } from "./configurations.ts"
import { itemCases } from "./items.ts"
import { isMotoInstalled, motoEndpoint } from "./Moto.ts"
import { objectCases } from "./objects.ts"
import { MOTO_DEVIATIONS } from "./motoDeviations.ts"
import { keyCases } from "./keys.ts"
import { parameterChangeCases } from "./parameterChanges.ts"
import { parameterCases } from "./parameters.ts"
import { pathCases } from "./paths.ts"
import { itemQueryCases } from "./itemQueries.ts"
import { queryCases } from "./queries.ts"
import { roleCases } from "./roles.ts"
import { secretCases } from "./secrets.ts"
import { secretStageCases } from "./secretStages.ts"
import { type Conformance, conformance, Target } from "./Target.ts"

const SUITES: ReadonlyArray<readonly [service: string, cases: ReadonlyArray<Conformance>]> = [
  ["Parameter Store: reading", parameterCases],
  ["Parameter Store: writing, labels, deletion", parameterChangeCases],
  ["Parameter Store: paths and references", pathCases],
  ["Secrets Manager", secretCases],
  ["Secrets Manager: versions and stages", secretStageCases],
  ["DynamoDB", itemCases],
  ["DynamoDB: queries and projections", itemQueryCases],
  ["STS", roleCases],
  ["KMS", keyCases],
  ["S3", objectCases],
]

/**
 * moto has AppConfig's applications and profiles, but no way to read what is deployed; of the Data API it has replies that
 * are put there before, and no database.
 */
const NOT_IN_MOTO: typeof SUITES = [
  ["AppConfig Data", configurationCases],
  ["RDS Data API", queryCases],
]

const CASES = [...SUITES, ...NOT_IN_MOTO].flatMap(([, cases]) => cases)

const MotoTarget = Layer.unwrap(Effect.map(motoEndpoint, Target.at))
const START_TIMEOUT = "60 seconds"

/** A case as moto is to pass it: a known deviation is passed by failing the check. */
const onMoto = ({ name, check }: Conformance): Conformance => {
  const deviation = MOTO_DEVIATIONS[name]
  if (deviation === undefined) return conformance(name, check)
  return conformance(`moto deviates (${deviation}): ${name}`, (aws) =>
    Effect.exit(check(aws)).pipe(
      Effect.map((exit) =>
        assert.isTrue(Exit.isFailure(exit), "moto now does as AWS does: take it off the list"),
      ),
    ),
  )
}

layer(Target.emulator)("local AWS behaves as AWS", (it) => {
  describe.each([...SUITES, ...NOT_IN_MOTO])("%s", (_service, cases) => {
    it.effect.each([...cases])("$name", ({ check }) => Effect.flatMap(Target, check))
  })
})

describe.skipIf(!isMotoInstalled)(
  `moto behaves as AWS${isMotoInstalled ? "" : " (skipped: moto_server is not on PATH)"}`,
  () => {
    layer(MotoTarget, { timeout: START_TIMEOUT })((it) => {
      describe.each(SUITES)("%s", (_service, cases) => {
        it.effect.each(cases.map(onMoto))("$name", ({ check }) => Effect.flatMap(Target, check))
      })
    })
  },
)

describe("the list of moto's deviations", () => {
  it("names only cases that exist, and no two cases have one name", () => {
    const names = CASES.map(({ name }) => name)
    assert.deepStrictEqual(
      Object.keys(MOTO_DEVIATIONS).filter((name) => !names.includes(name)),
      [],
    )
    assert.strictEqual(new Set(names).size, names.length)
  })
})

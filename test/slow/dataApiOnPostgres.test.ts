/**
 * The RDS Data API of local AWS in front of a PostgreSQL server in place of pglite, where a machine has one: the cases of
 * test/conformance pass on both, so pglite is what it stands for.
 */
import { describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { queryCases } from "../conformance/queries.ts"
import { Target } from "../conformance/Target.ts"
import { isPostgresInstalled, postgresServer } from "../support/PostgresServer.ts"
import { skipped } from "../support/skipped.ts"

const because = skipped(!isPostgresInstalled, "without postgres and initdb on PATH")

const onServer = Layer.unwrap(
  Effect.map(postgresServer, ({ open }) => Target.on(AwsEmulator.layer({ openEngine: open }))),
)

describe.skipIf(!isPostgresInstalled)(`a PostgreSQL server behind the Data API${because}`, () => {
  layer(onServer, { timeout: "60 seconds" })((it) => {
    it.effect.each([...queryCases])("$name", ({ check }) => Effect.flatMap(Target, check))
  })
})

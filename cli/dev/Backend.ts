/**
 * The AWS that function and extension call: a local one that holds a seed, or the real one with the credentials of whoever
 * runs the command. `localAws.ts` and `realAws.ts` make backends, `Session.ts` uses one.
 */
import type * as Effect from "effect/Effect"
import type { Calls } from "../../local/aws/Calls.ts"
import type { Credentials } from "../../local/lambda/options.ts"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import type { CommandFailed } from "../failures.ts"

export interface Backend {
  /** What is said of it at the start. */
  readonly title: string
  readonly region: string
  /** Those of the moment: they may be renewed between two starts. */
  readonly credentials: Credentials
  /** The variables by which function and extension find it. */
  readonly variables: Readonly<Record<string, string>>
  /** The calls that it received. Real AWS tells none. */
  readonly calls: Calls
  /** Files that it depends on. */
  readonly files: ReadonlyArray<string>
  /** Before each start: puts a changed seed into local AWS, renews credentials. Returns what there is to say. */
  readonly prepare: (plan: PlanShape) => Effect.Effect<ReadonlyArray<string>, ConfigInvalid | CommandFailed>
  /** Completes when a restart is due, because the credentials end soon. */
  readonly expired: Effect.Effect<void>
}

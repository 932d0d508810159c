/**
 * Chooses the backend by the flags of the command line.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfigInvalid } from "../../src/config/yaml/ConfigInvalid.ts"
import { type CommandFailed, wrongUsage } from "../failures.ts"
import type { Backend } from "./Backend.ts"
import type { AwsFlags } from "./flags.ts"
import { localAws, type LocalLimits } from "./localAws.ts"
import { realAws } from "./realAws.ts"

/** `seedFile` is the file that was found or given. `limits` only matters to local AWS. */
export const backendOf = Effect.fnUntraced(function* (
  { aws, profile, region, seed }: AwsFlags,
  seedFile: string | undefined,
  limits: LocalLimits,
): Effect.fn.Return<Backend, CommandFailed | ConfigInvalid, Scope.Scope> {
  if (aws === "local") {
    if (profile === undefined) return yield* localAws({ ...limits, seedFile, region })
    return yield* wrongUsage("--profile: found a profile for local AWS; allowed: with --aws real")
  }
  if (seed !== undefined) {
    return yield* wrongUsage(
      "--seed: found a seed for real AWS, which is only read; allowed: with --aws local",
    )
  }
  return yield* realAws({ profile, region })
})

/**
 * Whether a profile exists, before the SDK looks for its credentials: for a name that it does not know, the SDK only says that
 * there are no credentials. `doctor`, `publish`, `dev` and `serve` ask here.
 */
import { loadSharedConfigFiles } from "@smithy/core/config"
import * as Effect from "effect/Effect"
import process from "node:process"
import { similarTo } from "../explain/explain.ts"
import { type CommandFailed, wrongUsage } from "../failures.ts"

/** Sections of ~/.aws/config that are no profiles, as the SDK names them. */
const OTHER_SECTION = /^(?:sso-session|services)\./

/** The profiles of ~/.aws/config and ~/.aws/credentials. A file that is not there, or cannot be read, has none. */
const profileNames: Effect.Effect<ReadonlyArray<string>> = Effect.promise(() =>
  // The SDK caches these files; a long session should see a profile that was added.
  loadSharedConfigFiles({ ignoreCache: true }).then(
    ({ configFile, credentialsFile }) =>
      [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])]
        .filter((name) => !OTHER_SECTION.test(name))
        .toSorted(),
    () => [],
  ),
)

/** Fails if the profile of a flag, or else of AWS_PROFILE, does not exist, and lists those that do. */
export const requireProfile = Effect.fnUntraced(function* (
  flag: "--profile" | "--profiles",
  given: string | undefined,
): Effect.fn.Return<void, CommandFailed> {
  const [source, name] = given === undefined ? ["AWS_PROFILE", process.env["AWS_PROFILE"]] : [flag, given]
  // The default profile may stand for credentials that come from elsewhere.
  if (name === undefined || name === "" || name === "default") return
  const known = yield* profileNames
  if (known.includes(name)) return
  const [similar] = similarTo(name, known)
  const hint = similar === undefined ? "" : `; did you mean ${similar}?`
  const allowed = known.length === 0 ? "none, as ~/.aws/config names no profile" : known.join(", ")
  return yield* wrongUsage(`${source}: found no profile ${JSON.stringify(name)}; allowed: ${allowed}${hint}`)
})

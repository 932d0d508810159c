/**
 * The region that a command takes if `--region` names none: the one place that reads AWS_REGION and AWS_DEFAULT_REGION. As in the
 * SDK and the AWS CLI, AWS_REGION wins, and an empty variable counts as none. Commands that call AWS then ask the profile
 * (`session.ts`); the others take us-east-1.
 */
import * as Effect from "effect/Effect"
import process from "node:process"
import { isRegion, REGION_ALLOWED } from "../../src/config/fields/grammar.ts"
import { type CommandFailed, wrongUsage } from "../failures.ts"

/** Where neither a flag, a variable nor a profile names a region. */
export const DEFAULT_REGION = "us-east-1"

const VARIABLES = ["AWS_REGION", "AWS_DEFAULT_REGION"]

/** The given region, else that of the environment. Fails if the variable's value is no region. */
export const regionOr = Effect.fnUntraced(function* <A>(
  given: string | undefined,
  fallback: A,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Effect.fn.Return<string | A, CommandFailed> {
  if (given !== undefined) return given
  const variable = VARIABLES.find((name) => env[name])
  const found = variable === undefined ? undefined : env[variable]
  if (found === undefined) return fallback
  if (isRegion(found)) return found
  return yield* wrongUsage(`${variable}: found ${JSON.stringify(found)}; allowed: ${REGION_ALLOWED}`)
})

/**
 * The first steps of an agent once its configuration is known: it makes the token's file, and logs how it runs. `App` imports
 * this outside of Lambda, before the port answers.
 */
import * as Effect from "effect/Effect"
import type { PlanShape } from "../config/Plan.ts"
import type { SettingsShape } from "../config/Settings.ts"
import { ensureTokenFile } from "./tokenFile.ts"

const CREDENTIALS = {
  Keys: "AWS_ACCESS_KEY_ID",
  Container: "the container's endpoint",
  Providers: "the first of the SDK's providers that has some",
} as const

/** The lines that say what this agent serves, with which credentials, and to whom. */
export const linesOf = (
  { address, aws, configPath, memory, region }: SettingsShape,
  { tokens }: Pick<PlanShape, "tokens">,
  isTokenNew: boolean,
): ReadonlyArray<string> => {
  const credentials = aws.credentials === undefined ? "none" : CREDENTIALS[aws.credentials._tag]
  const source = tokens?.file ?? "CACHE_EXTENSION_TOKEN"
  const token =
    tokens === undefined
      ? "no token is required (server.token: off)"
      : `requests must carry the token in ${source}${isTokenNew ? ", which is new" : ""}`
  return [
    `Running outside of Lambda as an agent with ${configPath}`,
    `Region: ${region ?? "none"}; credentials: ${credentials}; memory: ${memory === undefined ? "no limit" : `${memory} MiB`}`,
    `Listening on ${address ?? "127.0.0.1 and ::1"}; ${token}`,
  ]
}

/** Makes the token's file if it is needed, and logs how this agent runs. */
export const prepare = Effect.fnUntraced(function* (settings: SettingsShape, plan: PlanShape) {
  const { tokens } = plan
  const isNew = tokens?.file === undefined ? false : yield* ensureTokenFile(tokens.file)
  yield* Effect.forEach(linesOf(settings, plan, isNew), (line) => Effect.logInfo(line))
})

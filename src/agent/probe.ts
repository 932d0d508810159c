/**
 * `cache-extension health` and `ready`: ask the agent of this container whether it is alive or ready. So an image needs no
 * curl for its probes, and the port need not be open to the machine.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { parseConfig } from "../config/ConfigFile.ts"
import { textOf } from "../config/readDocument.ts"
import { readConfig, readConfigFile } from "../config/readConfigFile.ts"
import { readOutside } from "../config/outside.ts"
import { readSettings, type SettingsShape } from "../config/Settings.ts"
import type { Platform } from "../host/Platform.ts"

/** How long the agent may take to answer, in milliseconds. */
const TIMEOUT = 2_000

/** A probe needs no token, so a missing one is no fault here. */
const ANY_TOKEN = { fixed: [Redacted.make("")], file: undefined }

interface Outcome {
  readonly isGood: boolean
  readonly text: string
}

/** How to reach an address from this container. */
export const reachable = (address: string | undefined): string => {
  if (address === undefined || address === "0.0.0.0") return "127.0.0.1"
  if (address === "::") return "[::1]"
  return address.includes(":") ? `[${address}]` : address
}

/** The port that the agent listens on: that of the environment, else of the file, else the default. Or why it is not known. */
const portOf = async (
  platform: Pick<Platform<never>, "environment" | "files">,
  settings: SettingsShape,
): Promise<Result.Result<number, string>> => {
  if (settings.isPortGiven) return Result.succeed(settings.port)
  const found = await readConfig(platform.files, platform.environment)
  const plan = Effect.flatMap(textOf(settings.configPath, found), (text) =>
    parseConfig(text, {
      ...settings,
      tokens: ANY_TOKEN,
      file: settings.configPath,
      environment: platform.environment,
      readFile: (file) => Effect.promise(() => readConfigFile(platform.files, file)),
    }),
  )
  return Effect.runPromise(
    Effect.match(plan, {
      // With such a file, no agent starts. One that has started before may listen on any port.
      onFailure: ({ message }) =>
        Result.fail(`the agent's port is not known, because config.yaml has faults:\n${message}`),
      onSuccess: ({ port = settings.port }) => Result.succeed(port),
    }),
  )
}

/** Asks the agent. Never rejects. */
export const probe = async (
  platform: Pick<Platform<never>, "environment" | "exchange" | "extensionName" | "files">,
  path: "/health" | "/ready",
): Promise<Outcome> => {
  const outside = readOutside(platform.environment, { region: undefined, memory: undefined })
  const { settings } = readSettings(platform.environment, outside)
  const port = await portOf(platform, settings)
  if (Result.isFailure(port)) return { isGood: false, text: port.failure }
  const url = `http://${reachable(settings.address)}:${port.success}${path}`
  return platform
    .exchange({ method: "GET", url, headers: {}, isFresh: true }, { signal: AbortSignal.timeout(TIMEOUT) })
    .then(
      ({ status }) => ({ isGood: status === 200, text: `${url} answered ${status}` }),
      (error: unknown) => ({
        isGood: false,
        text: `${url} did not answer: ${error instanceof Error ? error.message : String(error)}`,
      }),
    )
}

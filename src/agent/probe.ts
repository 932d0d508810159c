/**
 * `cache-extension health` and `ready`: ask the agent of this container whether it is alive or ready. So an image needs no
 * curl for its probes, and the port need not be open to the machine.
 */
import * as Effect from "effect/Effect"
import { parseConfig } from "../config/ConfigFile.ts"
import { textOf } from "../config/readDocument.ts"
import { readConfig, readConfigFile } from "../config/readConfigFile.ts"
import { readOutside } from "../config/outside.ts"
import { readSettings, type SettingsShape } from "../config/Settings.ts"
import type { Platform } from "../host/Platform.ts"

/** How long the agent may take to answer, in milliseconds. */
const TIMEOUT = 2_000

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

/** The port that the agent listens on: that of the environment, else of the file, else the default. */
const portOf = async (platform: Pick<Platform<never>, "environment" | "files">, settings: SettingsShape) => {
  if (settings.isPortGiven) return settings.port
  const found = await readConfig(platform.files, platform.environment)
  const plan = Effect.flatMap(textOf(settings.configPath, found), (text) =>
    parseConfig(text, {
      ...settings,
      file: settings.configPath,
      environment: platform.environment,
      readFile: (file) => Effect.promise(() => readConfigFile(platform.files, file)),
    }),
  )
  return Effect.runPromise(
    Effect.match(plan, {
      onFailure: () => settings.port,
      onSuccess: ({ port = settings.port }) => port,
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
  const url = `http://${reachable(settings.address)}:${await portOf(platform, settings)}${path}`
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

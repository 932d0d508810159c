/**
 * The program outside of Lambda: an agent that serves other containers or programs of the same machine, and probes for it.
 *
 * `begin.ts` imports it if there is no Lambda to register with, or if the command line asks for something. From `Boot.ts` on, an
 * agent is an extension whose Extensions API never says anything (`ExtensionsApi.outside`). That it is one is decided once, by
 * `ColdStart.outside`; `Settings.isAgent` and `Plan.isAgent` repeat it.
 */
import * as Command from "./agent/command.ts"
import { portToOpen } from "./config/fields/port.ts"
import { addressToOpen } from "./config/outside.ts"
import { configPathFrom, readConfig } from "./config/readConfigFile.ts"
import { AGENT_GRACE } from "./domain/defaults.ts"
import { type Platform, settle } from "./host/Platform.ts"
import { readSurroundings } from "./agent/surroundings.ts"

const { process } = globalThis

/** Relative paths start in the working directory, and the port listens where the agent is told to. */
const moved = <Handler>(platform: Platform<Handler>): Platform<Handler> => {
  const { environment } = platform
  const address = addressToOpen(environment)
  return {
    ...platform,
    environment: {
      ...environment,
      ...configPathFrom(environment, process.cwd()),
    },
    openPort: (port, options) =>
      platform.openPort(port, {
        ...options,
        grace: AGENT_GRACE,
        ...(address === undefined ? {} : { address }),
      }),
  }
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const

/** Serves until a signal. It must listen for signals: the kernel ignores those that a container's first process does not handle. */
const serve = async <Handler>(platform: Platform<Handler>): Promise<void> => {
  const end = () => process.exit(0)
  for (const signal of SIGNALS) process.once(signal, end)
  const coldStart = {
    port: settle(platform.openPort(portToOpen(platform.environment))),
    registered: settle(Promise.reject(new Error("outside of Lambda"))),
    configFile: readConfig(platform.files, platform.environment, process.cwd()),
    outside: readSurroundings(platform),
  }
  const { boot } = await import("./Boot.ts")
  for (const signal of SIGNALS) process.off(signal, end)
  boot(platform, coldStart)
}

const say = (stream: "stdout" | "stderr", text: string): void => void process[stream].write(`${text}\n`)

/** Does what the command line asks for; without arguments it serves. */
export const startOutside = async <Handler>(given: Platform<Handler>): Promise<void> => {
  const platform = moved(given)
  const command = Command.parse(platform.args)
  switch (command._tag) {
    case "Serve":
      return serve(platform)
    case "Help":
      return say("stdout", Command.USAGE)
    case "Wrong":
      say("stderr", `[${platform.extensionName}] ERROR ${command.message}`)
      process.exitCode = 2
      return
    case "Probe": {
      const { probe } = await import("./agent/probe.ts")
      const outcome = await probe(platform, command.path)
      say(outcome.isGood ? "stdout" : "stderr", outcome.text)
      process.exit(outcome.isGood ? 0 : 1)
    }
  }
}

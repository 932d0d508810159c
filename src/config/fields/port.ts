/**
 * Reads CACHE_EXTENSION_PORT, the one setting that is needed before everything else: the port is open before
 * the extension registers. Therefore this file imports nothing but constants.
 *
 * `Settings` reads the same variable by the same function, so that a bad one is reported with the other faults.
 */
import { DEFAULT_PORT } from "../../domain/defaults.ts"

export const PORT_VARIABLE = "CACHE_EXTENSION_PORT"

/** What a port may be; 0, "any free port", is for tests and not advertised. */
export const PORT_ALLOWED = "a port number from 1 to 65535"

const HIGHEST_PORT = 65_535
const DIGITS = /^\d{1,5}$/

/** The port written in `text`, or undefined where that is no port. */
export const parsePort = (text: string): number | undefined => {
  if (!DIGITS.test(text)) return undefined
  const port = Number(text)
  return port <= HIGHEST_PORT ? port : undefined
}

/**
 * The port to open first. A variable that is unset or empty means the default; a malformed one too, because
 * the fault can only be reported once the extension has registered, which `Settings` then does.
 */
export const portToOpen = (env: Readonly<Record<string, string | undefined>>): number =>
  parsePort(env[PORT_VARIABLE] ?? "") ?? DEFAULT_PORT

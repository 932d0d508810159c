/**
 * The grammar of ports, and CACHE_EXTENSION_PORT, the only setting that is needed before `register`, because the port
 * is opened first. So this file imports nothing but constants. `Settings` reports a bad value.
 */
import { DEFAULT_PORT } from "../../domain/defaults.ts"

export const PORT_VARIABLE = "CACHE_EXTENSION_PORT"

/** For messages. They do not mention 0 (any free port), which is for tests. */
export const PORT_ALLOWED = "a port number from 1 to 65535"

const HIGHEST_PORT = 65_535
const DIGITS = /^\d{1,5}$/

/** Parses a port; undefined for any other text. */
export const parsePort = (text: string): number | undefined => {
  if (!DIGITS.test(text)) return undefined
  const port = Number(text)
  return port <= HIGHEST_PORT ? port : undefined
}

/**
 * The port to open first. A malformed variable means the default, as an unset one does: the fault can only be reported
 * once the extension has registered.
 */
export const portToOpen = (env: Readonly<Record<string, string | undefined>>): number =>
  parsePort(env[PORT_VARIABLE] ?? "") ?? DEFAULT_PORT

/**
 * The grammar of ports, and CACHE_EXTENSION_PORT. It is the only setting needed before `register`, because the port opens
 * first, so this file imports only constants. `Settings` reports a bad value.
 */
import { DEFAULT_PORT } from "../../domain/defaults.ts"

export const PORT_VARIABLE = "CACHE_EXTENSION_PORT"

/** Messages do not mention 0 (any free port), which is for tests. */
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
 * The port to open first. A malformed variable gives the default, like an unset one, because faults can be reported only
 * after registration.
 */
export const portToOpen = (env: Readonly<Record<string, string | undefined>>): number =>
  parsePort(env[PORT_VARIABLE] ?? "") ?? DEFAULT_PORT

/**
 * Signals that must neither end the extension nor open anything: what ends it is SHUTDOWN, SIGTERM or SIGINT.
 *
 * The first call of each entry. By default SIGUSR1 opens Node's inspector on 127.0.0.1, through which any process could read
 * every value; SIGQUIT asks for a core dump; the others end the process.
 */

const IGNORED = ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGQUIT", "SIGPIPE"] as const

/** Puts a listener that does nothing in the place of the signals' defaults. */
export const ignoreSignals = (): void => {
  for (const signal of IGNORED) globalThis.process.on(signal, () => {})
}

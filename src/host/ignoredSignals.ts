/**
 * Ignores the signals that would do harm by default. Only SHUTDOWN, SIGTERM and SIGINT end the extension.
 *
 * SIGUSR1 would open Node's inspector on 127.0.0.1, where any process could read every value. SIGQUIT would dump core. The
 * others would end the process. `main.node.ts` and `main.bun.ts` call this first.
 */

const IGNORED = ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGQUIT", "SIGPIPE"] as const

/** Replaces the default actions with a listener that does nothing. */
export const ignoreSignals = (): void => {
  for (const signal of IGNORED) globalThis.process.on(signal, () => {})
}

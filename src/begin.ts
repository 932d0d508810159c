/**
 * The first two steps of every cold start, which Lambda waits for: open the port and send `register`.
 *
 * Plain promises, because evaluating Effect takes longer than both steps together. While the reply to `register` is on its way,
 * config.yaml is read, and `Boot.ts` and Effect are loaded and take over.
 */
import { portToOpen } from "./config/fields/port.ts"
import { configPath, readConfigFile } from "./config/readConfigFile.ts"
import type { ColdStart, Platform, Settled } from "./host/Platform.ts"
import { eventsFor, registerRequest, runtimeApiFault } from "./lambda/registerRequest.ts"

const settle = <A>(promise: Promise<A>): Promise<Settled<A>> =>
  promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  )

const begin = <Handler>(
  platform: Platform<Handler>,
  onSent: () => void,
): Omit<ColdStart<Handler>, "configFile"> => {
  const { environment, extensionName } = platform
  const port = settle(platform.openPort(portToOpen(environment)))
  const register = registerRequest(environment, extensionName, eventsFor(environment))
  const fault = runtimeApiFault(environment)
  const registered = port.then(() =>
    settle(fault === undefined ? platform.exchange(register, { onSent }) : Promise.reject(new Error(fault))),
  )
  // If the request could not be sent, `onSent` has not been called yet.
  void registered.then(onSent)
  return { port, registered }
}

/** Starts the program on a platform. */
export const start = <Handler>(platform: Platform<Handler>): void => {
  const { promise: sent, resolve: onSent } = Promise.withResolvers<void>()
  const begun = begin(platform, onSent)
  const configFile = sent.then(() => readConfigFile(platform.files, configPath(platform.environment)))
  void sent.then(() => import("./Boot.ts")).then(({ boot }) => boot(platform, { ...begun, configFile }))
}

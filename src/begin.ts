/**
 * The first two steps of every cold start, which Lambda waits for: open the port and send `register`.
 *
 * Plain promises, because evaluating Effect takes longer than both steps together. While the reply to `register` is on its way,
 * config.yaml is read, and `Boot.ts` and Effect are loaded and take over.
 */
import { portToOpen } from "./config/fields/port.ts"
import { readConfig } from "./config/readConfigFile.ts"
import { type ColdStart, type Platform, settle } from "./host/Platform.ts"
import { eventsFor, isInLambda, registerRequest, runtimeApiFault } from "./lambda/registerRequest.ts"

const begin = <Handler>(
  platform: Platform<Handler>,
  sent: PromiseWithResolvers<void>,
): Omit<ColdStart<Handler>, "configFile"> => {
  const { environment, extensionName } = platform
  const opened = Promise.withResolvers<void>()
  const port = settle(
    platform.openPort(portToOpen(environment), { onFirst: opened.resolve, beforeSecond: sent.promise }),
  )
  // If the port could not be opened, `onFirst` has not been called.
  void port.then(() => opened.resolve())
  const register = registerRequest(environment, extensionName, eventsFor(environment))
  const fault = runtimeApiFault(environment)
  const registered = opened.promise.then(() =>
    settle(
      fault === undefined
        ? platform.exchange(register, { onSent: sent.resolve })
        : Promise.reject(new Error(fault)),
    ),
  )
  // If the request could not be sent, `onSent` has not been called yet.
  void registered.then(() => sent.resolve())
  return { port, registered }
}

/** Starts the program on a platform: as an extension, or as what `agent.ts` is asked for outside of Lambda. */
export const start = <Handler>(platform: Platform<Handler>): void => {
  if (platform.args.length > 0 || !isInLambda(platform.environment)) {
    void import("./agent.ts").then(({ startOutside }) => startOutside(platform))
    return
  }
  const sent = Promise.withResolvers<void>()
  const begun = begin(platform, sent)
  const configFile = sent.promise.then(() => readConfig(platform.files, platform.environment))
  // Evaluating Effect must delay neither `register` nor the port.
  void Promise.all([sent.promise, begun.port])
    .then(() => import("./Boot.ts"))
    .then(({ boot }) => boot(platform, { ...begun, configFile }))
}

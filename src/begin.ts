/**
 * The first two steps of every cold start, which Lambda waits for: open the port, send `register`.
 *
 * In plain promises, because evaluating Effect takes longer than both steps together. While the answer to
 * `register` is on its way, `Boot` and Effect are loaded and take over what was begun here.
 */
import { portToOpen } from "./config/Port.ts"
import type { OpenPort, Platform, Reply } from "./host/Platform.ts"
import { eventsFor, registerRequest } from "./lambda/registerRequest.ts"

/** What came of a step that may fail; the failure is reported when there is somebody to report it. */
export type Settled<A> =
  | { readonly ok: true; readonly value: A }
  | { readonly ok: false; readonly error: unknown }

const settle = <A>(promise: Promise<A>): Promise<Settled<A>> =>
  promise.then(
    (value) => ({ ok: true, value }),
    (error: unknown) => ({ ok: false, error }),
  )

/** A cold start that is under way. */
export interface Begun<Handler> {
  readonly port: Promise<Settled<OpenPort<Handler>>>
  /** The reply to `register`. */
  readonly registered: Promise<Settled<Reply>>
}

const begin = <Handler>(platform: Platform<Handler>, onSent: () => void): Begun<Handler> => {
  const { environment, extensionName } = platform
  const port = settle(platform.openPort(portToOpen(environment)))
  const register = registerRequest(environment, extensionName, eventsFor(environment))
  const registered = port.then(() => settle(platform.exchange(register, { onSent })))
  // Nobody waits for a request that could not be sent.
  void registered.then(onSent)
  return { port, registered }
}

/** Starts the program on a platform. */
export const start = <Handler>(platform: Platform<Handler>): void => {
  let load: () => void = () => {}
  const sent = new Promise<void>((resolve) => {
    load = resolve
  })
  const begun = begin(platform, () => load())
  void sent.then(() => import("./Boot.ts")).then(({ boot }) => boot(platform, begun))
}

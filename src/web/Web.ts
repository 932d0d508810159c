/**
 * The web: GET requests for the URLs of config.yaml.
 *
 * By default there is none. `App.ts` imports this only if config.yaml lists a URL, and the first request imports what makes
 * requests (`getPage.ts`), because that loads the runtime's modules for the network.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Plan } from "../config/Plan.ts"
import type { Settings } from "../config/Settings.ts"
import type { Host } from "../host/Host.ts"
import type { AwsResponse } from "../host/Platform.ts"
import { AccessDenied, SourceError } from "../domain/SourceError.ts"
import type { Allowance } from "./rules.ts"

/** What is requested, and what its entry allows. */
export interface PageRequest extends Pick<Allowance, "allowHttp" | "allowPrivate"> {
  readonly url: string
  /** Sent to the URL's own origin only. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent wherever it leads: `If-None-Match`, `If-Modified-Since`. */
  readonly conditions: Readonly<Record<string, string>>
  readonly maxBytes: number
  readonly maxRedirects: number
  readonly signal: AbortSignal
}

/** The body as it was sent, in whatever content coding. Names of headers in lower case. */
export type PageReply = AwsResponse

/**
 * Gives the last reply: any status but a redirect that may be followed. Rejects with the transport's errors, or with a
 * `SourceError` if a place is refused or the body is too long.
 */
export type GetPage = (request: PageRequest) => Promise<PageReply>

/** A refusal counts as denied access: another attempt would change nothing, and an old value is served for a while. */
export const refused = (detail: string): SourceError =>
  new SourceError({ reason: new AccessDenied({ detail }) })

const NOWHERE: GetPage = () => Promise.reject(refused("no URL is listed"))

export const Web = Context.Reference<GetPage>("cache-extension/web/Web", { defaultValue: () => NOWHERE })

/** Imports what makes requests with the first of them. */
export const layer: Layer.Layer<never, never, Host | Plan | Settings> = Layer.effect(
  Web,
  Effect.gen(function* () {
    const context = yield* Effect.context<Host | Plan | Settings>()
    const getPage = yield* Effect.flatMap(
      Effect.promise(() => import("./getPage.ts")),
      ({ make }) => make,
    ).pipe(Effect.provideContext(context), Effect.cached)
    return async (request: PageRequest) => (await Effect.runPromise(getPage))(request)
  }),
)

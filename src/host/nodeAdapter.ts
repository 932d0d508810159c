/**
 * Turns an Effect application into a handler for `node:http`. Imported on the first request that the shortcut does not
 * answer.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as Scope from "effect/Scope"
import type { HttpApp } from "./Platform.ts"

/** The handler. Its fibers run in `scope`, with the caller's services. */
export const makeHandler = (app: HttpApp, scope: Scope.Scope) => NodeHttpServer.makeHandler(app, { scope })

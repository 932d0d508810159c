/**
 * Runs an Effect application behind a `node:http` server. Imported when there is an application to serve.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as Scope from "effect/Scope"
import type { HttpApp } from "./Platform.ts"

/** The handler; its fibers run in `scope` and see the services of the caller, the log's for instance. */
export const makeHandler = (app: HttpApp, scope: Scope.Scope) => NodeHttpServer.makeHandler(app, { scope })

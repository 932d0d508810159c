/**
 * Runs an Effect application behind a `node:http` server. A module of its own, imported when there is an
 * application to serve, so that the adapter loads after `register`.
 */
export { makeHandler } from "@effect/platform-node/NodeHttpServer"

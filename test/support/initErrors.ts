/**
 * An Extensions API that accepts everything and remembers what it was told: for tests of what a layer reports to Lambda when it
 * cannot run.
 */
import { Effect } from "effect"
import { once } from "node:events"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

interface Report {
  readonly path: string | undefined
  readonly extension: string | undefined
  readonly identifier: string | undefined
  readonly type: string | undefined
  readonly body: { readonly errorMessage?: string; readonly events?: ReadonlyArray<string> }
}

/** An Extensions API that says yes to everything, and what it was told. */
export const extensionsApi = Effect.acquireRelease(
  Effect.promise(async () => {
    const reports: Array<Report> = []
    const server = http.createServer(async (request, response) => {
      const header = (name: string) => request.headers[name]?.toString()
      reports.push({
        path: request.url?.replace("/2020-01-01/extension/", ""),
        extension: header("lambda-extension-name"),
        identifier: header("lambda-extension-identifier"),
        type: header("lambda-extension-function-error-type"),
        body: JSON.parse(await text(request)),
      })
      response.setHeader("Lambda-Extension-Identifier", "id-1").end(`{"functionName":"f"}`)
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return { reports, server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  }),
  ({ server }) => Effect.sync(() => server.close()),
)

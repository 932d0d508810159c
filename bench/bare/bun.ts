/**
 * A minimal HTTP server on Bun, compiled with the same flags: the baseline of the standalone executable.
 *
 * BENCH_PORT is the port; BENCH_ANSWER, if set, is `{ headers, body }` as JSON, so that both servers send the same.
 */

/** The part of Bun's API that is used. https://bun.com/docs/api/http */
declare const Bun: {
  readonly serve: (options: {
    readonly port: number
    readonly hostname: string
    readonly idleTimeout: 0
    readonly fetch: () => Response
  }) => unknown
}
declare const process: { readonly env: Readonly<Record<string, string | undefined>> }

interface Answer {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const { body, headers }: Answer = JSON.parse(process.env["BENCH_ANSWER"] ?? '{"headers":{},"body":"ok"}')

Bun.serve({
  port: Number(process.env["BENCH_PORT"]),
  hostname: "127.0.0.1",
  idleTimeout: 0,
  fetch: () => new Response(body, { headers }),
})

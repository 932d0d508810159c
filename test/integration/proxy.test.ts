/**
 * Calls to AWS through a proxy, the same on both artifacts: HTTPS_PROXY and NO_PROXY, credentials in the proxy's URL, a proxy
 * that fails. And by what the proxy is asked for, the hosts that AWS's variables choose: nothing leaves this machine.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { readFileSync } from "node:fs"
import http from "node:http"
import https from "node:https"
import net from "node:net"
import type { Duplex } from "node:stream"
import { certificateFor } from "../support/certificates.ts"
import { casesOn, makeEnvironment, onEachArtifact, startEnvironment } from "../support/extension.ts"
import { freePort, listen, LOOPBACK } from "../support/extensionHttp.ts"

const CONFIG = "parameters:\n  - names: [greeting]\ncache: { read_budget: 6s }\n"
/** For reads that nothing answers: they last as long as the budget. */
const IMPATIENT = CONFIG.replace("6s", "2s")
const SEED = { parameters: [{ name: "greeting", value: "hello" }] }

const PASSWORD = "p@ss-word/secret"
const BASIC = `Basic ${Buffer.from(`user:${PASSWORD}`).toString("base64")}`

interface Proxy {
  /** With user and password. */
  readonly url: string
  /** What it was asked to connect to, each once, in their order. */
  readonly targets: () => ReadonlyArray<string>
  readonly requests: ReadonlyArray<http.IncomingMessage>
}

/** A proxy on this machine that does this with what it is asked for. */
const proxyThat = (answer: (socket: Duplex) => void): Effect.Effect<Proxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const requests: Array<http.IncomingMessage> = []
    const sockets = new Set<Duplex>()
    const server = http.createServer((request, response) => {
      requests.push(request)
      response.writeHead(502).end()
    })
    server.on("connect", (request, socket) => {
      requests.push(request)
      sockets.add(socket)
      socket.on("error", () => {})
      answer(socket)
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
    const port = yield* Effect.orDie(listen(server))
    return {
      url: `http://user:${encodeURIComponent(PASSWORD)}@${LOOPBACK}:${port}`,
      targets: () => [...new Set(requests.map(({ url = "" }) => url))],
      requests,
    }
  })

const refuses = (status: string) => (socket: Duplex) => {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`)
}

/** Local AWS, as if it were AWS: by TLS, with a certificate for its names. `undefined` without openssl. */
const encrypted = Effect.gen(function* () {
  const made = certificateFor("DNS:*.us-west-2.amazonaws.com")
  if (made === undefined) return undefined
  let target = ""
  const server = https.createServer(
    { key: readFileSync(made.key), cert: readFileSync(made.certificate) },
    ({ headers, method, url }, response) => {
      const forwarded = http.request(target + url, { method, headers }, (reply) => {
        response.writeHead(reply.statusCode ?? 0, reply.headers)
        reply.pipe(response)
      })
      response.req.pipe(forwarded)
    },
  )
  const port = yield* listen(server)
  return { port, authority: made.authority, forwardTo: (endpoint: string) => void (target = endpoint) }
})

/** Nothing that leads to the proxy's password. */
const assertSilent = (texts: ReadonlyArray<string>): void => {
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), BASIC.slice("Basic ".length), "user:"]) {
    for (const text of texts) assert.notInclude(text, secret)
  }
}

onEachArtifact("a proxy", (artifact) => {
  it.live("is given user and password, and leads to AWS", ({ skip }) =>
    Effect.gen(function* () {
      const aws = yield* encrypted
      if (aws === undefined) return skip("there is no openssl")
      const proxy = yield* proxyThat((socket) => {
        const far = net.connect(aws.port, LOOPBACK, () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
          far.pipe(socket).pipe(far)
        })
        far.on("error", () => socket.destroy())
      })
      const environment = yield* startEnvironment({
        artifact,
        config: CONFIG,
        seed: SEED,
        variables: {
          AWS_ENDPOINT_URL: "",
          HTTPS_PROXY: proxy.url,
          CACHE_EXTENSION_EXTRA_CA_CERTS: aws.authority,
          CACHE_EXTENSION_TTL: "0s",
          DEBUG: "*",
        },
      })
      aws.forwardTo(environment.aws.endpoint)
      for (const _ of ["first", "second"]) {
        const { status, text } = yield* environment.read("parameters", "greeting")
        assert.deepStrictEqual([status, text], [200, "hello"])
      }
      assert.deepStrictEqual(proxy.targets(), ["ssm.us-west-2.amazonaws.com:443"])
      for (const { headers } of proxy.requests) assert.strictEqual(headers["proxy-authorization"], BASIC)
      // The tunnel is kept for the next call.
      assert.strictEqual(proxy.requests.length, 1)
      assertSilent(environment.lines())
    }),
  )

  for (const [what, answer, words, config] of [
    [
      "refuses the user",
      refuses("407 Proxy Authentication Required user:p@ss"),
      /proxy of HTTPS_PROXY .* 407\b/,
      CONFIG,
    ],
    ["cannot reach AWS", refuses("502 Bad Gateway"), /proxy of HTTPS_PROXY .* 502\b/, CONFIG],
    ["hangs up", (socket: Duplex) => void socket.destroy(), /^/, IMPATIENT],
    ["says nothing", () => {}, /^/, IMPATIENT],
  ] as const) {
    it.live(`that ${what} is a failure of AWS, without its password anywhere`, () =>
      Effect.gen(function* () {
        const proxy = yield* proxyThat(answer)
        const environment = yield* startEnvironment({
          artifact,
          config,
          variables: { AWS_ENDPOINT_URL: "", HTTPS_PROXY: proxy.url, CACHE_EXTENSION_LOG_LEVEL: "debug" },
        })
        const { status, text } = yield* environment.read("parameters", "greeting")
        assert.include([502, 504], status, text)
        assert.match((JSON.parse(text) as { detail: string }).detail, words)
        assert.deepStrictEqual(proxy.targets(), ["ssm.us-west-2.amazonaws.com:443"])
        const { text: ready } = yield* environment.ask("/ready")
        assertSilent([text, ready, ...environment.lines()])
      }),
    )
  }

  it.live("where nothing listens is a failure of AWS", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const environment = yield* startEnvironment({
        artifact,
        config: CONFIG,
        variables: { AWS_ENDPOINT_URL: "", HTTPS_PROXY: `http://user:secret-word@${LOOPBACK}:${port}` },
      })
      const { status, text } = yield* environment.read("parameters", "greeting")
      assert.strictEqual(status, 502)
      for (const line of [text, ...environment.lines()]) assert.notInclude(line, "secret-word")
    }),
  )

  it.live("stands before AWS alone: not before this machine, plain HTTP, or the hosts of NO_PROXY", () =>
    Effect.gen(function* () {
      /** Whom a read asks if AWS is at a server of its own, on every address of this machine. */
      const asked = Effect.fnUntraced(function* (
        endpointAt: (port: number) => string,
        variablesAt: (port: number) => Record<string, string> = () => ({}),
      ) {
        const proxy = yield* proxyThat(refuses("502 Bad Gateway"))
        let isReached = false
        const server = net.createServer((socket) => {
          isReached = true
          socket.on("error", () => {})
          socket.destroy()
        })
        yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
        const port = yield* Effect.callback<number>((resume) => {
          server.listen(0, "0.0.0.0", () =>
            resume(Effect.succeed((server.address() as net.AddressInfo).port)),
          )
        })
        const environment = yield* startEnvironment({
          artifact,
          config: IMPATIENT,
          variables: {
            AWS_ENDPOINT_URL: endpointAt(port),
            HTTPS_PROXY: proxy.url,
            ...variablesAt(port),
          },
        })
        const { status } = yield* environment.read("parameters", "greeting")
        assert.include([502, 504], status)
        return [isReached ? "directly" : "", proxy.requests.length > 0 ? "through the proxy" : ""].join("")
      }, Effect.scoped)
      // An address of this machine that is none of the loopback network's.
      const other = (port: number) => `https://0.0.0.0:${port}`
      const answers = yield* Effect.all(
        [
          asked(other),
          asked(other, () => ({ NO_PROXY: "a.example,0.0.0.0" })),
          asked(other, (port) => ({ no_proxy: `0.0.0.0:${port}`, NO_PROXY: "" })),
          asked(other, () => ({ NO_PROXY: "0.0.0.0:1" })),
          asked(other, () => ({ NO_PROXY: "*" })),
          asked((port) => `https://127.0.0.1:${port}`),
          asked((port) => `https://localhost:${port}`),
          asked((port) => `http://0.0.0.0:${port}`),
        ],
        { concurrency: 4 },
      )
      const [proxied, direct] = ["through the proxy", "directly"]
      assert.deepStrictEqual(answers, [proxied, direct, direct, proxied, direct, direct, direct, direct])
    }),
  )

  it.live("is not asked for the endpoint of credentials, whatever its scheme", () =>
    Effect.gen(function* () {
      const proxy = yield* proxyThat(refuses("502 Bad Gateway"))
      const port = yield* freePort
      const environment = yield* startEnvironment({
        artifact,
        config: CONFIG,
        variables: {
          AWS_ENDPOINT_URL: "",
          HTTPS_PROXY: proxy.url,
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `https://0.0.0.0:${port}/credentials`,
        },
      })
      assert.strictEqual((yield* environment.read("parameters", "greeting")).status, 502)
      assert.deepStrictEqual(proxy.targets(), [])
    }),
  )

  it.live("that is none is a fault of the configuration, and is not quoted", () =>
    Effect.gen(function* () {
      const environment = yield* makeEnvironment({
        artifact,
        config: CONFIG,
        variables: { HTTPS_PROXY: "socks5://user:secret-word@proxy:1080" },
      })
      yield* Effect.flip(environment.lambda.init)
      const lines = environment.lines()
      assert.isTrue(
        lines.some((line) =>
          line.includes("HTTPS_PROXY: found something that is not a proxy's URL; allowed: a proxy's"),
        ),
        lines.join("\n"),
      )
      for (const line of lines) assert.notInclude(line, "secret-word")
    }),
  )
})

/** What chooses the host, and the host: `AWS_ENDPOINT_URL` is unset unless it is named. */
const HOSTS: ReadonlyArray<readonly [variables: Record<string, string>, target: string]> = [
  [{}, "ssm.us-west-2.amazonaws.com:443"],
  [{ AWS_USE_FIPS_ENDPOINT: "true" }, "ssm-fips.us-west-2.amazonaws.com:443"],
  [{ AWS_USE_DUALSTACK_ENDPOINT: "true" }, "ssm.us-west-2.api.aws:443"],
  [{ AWS_ENDPOINT_URL: "https://everything.example:8443" }, "everything.example:8443"],
  [
    { AWS_ENDPOINT_URL: "https://everything.example", AWS_ENDPOINT_URL_SSM: "https://parameters.example" },
    "parameters.example:443",
  ],
  [
    { AWS_ENDPOINT_URL: "https://everything.example", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
    "ssm.us-west-2.amazonaws.com:443",
  ],
  [{ AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://secrets.example" }, "ssm.us-west-2.amazonaws.com:443"],
]

onEachArtifact("the hosts of AWS", (artifact) => {
  it.live.each(casesOn(artifact, HOSTS))("with %j: %s", ([variables, target]) =>
    Effect.gen(function* () {
      const proxy = yield* proxyThat(refuses("502 Bad Gateway"))
      const environment = yield* startEnvironment({
        artifact,
        config: IMPATIENT,
        preload: true,
        variables: { AWS_ENDPOINT_URL: "", HTTPS_PROXY: proxy.url, ...variables },
      })
      assert.include([502, 504], (yield* environment.read("parameters", "greeting")).status)
      assert.deepStrictEqual(proxy.targets(), [target])
    }),
  )
})

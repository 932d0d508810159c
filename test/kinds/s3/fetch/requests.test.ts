/**
 * The requests for objects, compared with those of the SDK's own client for S3: host, path, query and headers, the signature
 * included. A new SDK that sends anything else fails here.
 */
import { GetObjectCommand as SdkCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3"
import { type HttpHandler, HttpRequest, HttpResponse } from "@smithy/core/protocols"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import type { ClientOptions } from "../../../../src/aws/AwsClients.ts"
import { makeClient } from "../../../../src/aws/client.ts"
import { makeTransport } from "../../../../src/host/nodeAwsTransport.ts"
import { protocolFor } from "../../../../src/kinds/s3/fetch/objects.ts"
import { GetObjectCommand, type GetObjectInput } from "../../../../src/kinds/s3/fetch/s3Protocol.ts"
import { S3 } from "../../../../src/kinds/s3/service.ts"

/** Headers about the SDK and its retries, which are left out. */
const ABOUT_THE_SDK = ["amz-sdk-invocation-id", "amz-sdk-request", "user-agent", "x-amz-user-agent"]

interface Middlewares {
  readonly addRelativeTo: (
    middleware: (next: (args: Args) => Promise<unknown>) => (args: Args) => Promise<unknown>,
    options: { readonly name: string; readonly relation: "before"; readonly toMiddleware: string },
  ) => void
}
interface Args {
  readonly request: unknown
}

/** What a client sends. */
const sentBy = async (
  send: (options: ClientOptions) => Promise<unknown>,
  places: Partial<ClientOptions>,
): Promise<unknown> => {
  const sent: Array<unknown> = []
  const requestHandler: HttpHandler = {
    handle: ({ headers: all, hostname, method, path, port, protocol, query }) => {
      const { "user-agent": _, ...headers } = all
      sent.push({ headers, hostname, method, path, port, protocol, query })
      const body = new TextEncoder().encode("<Error><Code>NoSuchThing</Code></Error>")
      return Promise.resolve({ response: new HttpResponse({ statusCode: 400, headers: {}, body }) })
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  }
  await send({
    requestHandler,
    region: "eu-west-1",
    credentials: () => Promise.resolve({ accessKeyId: "AKIA", secretAccessKey: "s", sessionToken: "t" }),
    sha256: makeTransport().sha256,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    ...places,
  }).catch(() => {})
  assert.lengthOf(sent, 1)
  return sent[0]
}

const ours = (input: GetObjectInput) => (options: ClientOptions) =>
  makeClient<{ readonly send: (command: object, options: object) => Promise<unknown> }>(
    S3,
    protocolFor(options),
    options,
  ).send(new GetObjectCommand(input), {})

const theirs = (input: GetObjectInput) => (options: ClientOptions) => {
  const client = new S3Client({
    ...options,
    maxAttempts: 1,
    forcePathStyle: options.endpoint !== undefined,
  } as S3ClientConfig)
  const stack = client.middlewareStack as unknown as Middlewares
  stack.addRelativeTo(
    (next) => (args) => {
      if (HttpRequest.isInstance(args.request))
        for (const name of ABOUT_THE_SDK) delete args.request.headers[name]
      return next(args)
    },
    { name: "withoutHeadersAboutTheSdk", relation: "before", toMiddleware: "httpSigningMiddleware" },
  )
  return client.send(new SdkCommand(input))
}

const INPUTS: ReadonlyArray<GetObjectInput> = [
  { Bucket: "shop-data", Key: "rates.csv" },
  { Bucket: "shop-data", Key: "a b/ä+!'()*&=?#%20//c", VersionId: "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY" },
  { Bucket: "dotted.bucket", Key: "/leading", IfNoneMatch: '"d41d8cd98f00b204e9800998ecf8427e"' },
]

const PLACES: ReadonlyArray<Partial<ClientOptions>> = [
  {},
  { endpoint: "http://127.0.0.1:4566" },
  { useFipsEndpoint: true, region: "us-east-1" },
  { useDualstackEndpoint: true },
]

describe("a request for an object", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 }))
  afterEach(() => void vi.useRealTimers())

  it.each(INPUTS.flatMap((input) => PLACES.map((places) => [input, places] as const)))(
    "for %j is sent and signed as the SDK's own client does, under %j",
    async (input, places) => {
      const sorted = (request: unknown) => {
        const { headers, ...rest } = request as { readonly headers: object }
        return { ...rest, headers: Object.fromEntries(Object.entries(headers).toSorted()) }
      }
      assert.deepStrictEqual(
        sorted(await sentBy(ours(input), places)),
        sorted(await sentBy(theirs(input), places)),
      )
    },
  )
})

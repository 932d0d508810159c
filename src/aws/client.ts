/**
 * Makes a client for the SDK's commands from the parts of the SDK that a call needs: the service's protocol, the endpoint, the
 * signature. The clients that the SDK's packages export bring retries, user agents, provider chains and more, none of
 * which is used here: making them and sending through them costs each start twice as much.
 *
 * `test/aws/client.test.ts` compares the requests with those of the SDK's own clients, byte for byte.
 */
import { AwsSdkSigV4Signer, resolveAwsSdkSigV4Config } from "@aws-sdk/core/httpAuthSchemes"
import { Client, type SmithyResolvedConfiguration } from "@smithy/core/client"
import { HttpRequest, parseUrl } from "@smithy/core/protocols"
import { getSchemaSerdePlugin } from "@smithy/core/schema"
import { calculateBodyLength, fromBase64, fromUtf8, toBase64, toUtf8 } from "@smithy/core/serde"
import type {
  ClientProtocol,
  EndpointV2,
  FinalizeRequestMiddleware,
  HttpHandlerOptions,
  HttpResponse,
  MetadataBearer,
} from "@smithy/types"
import type { AwsService } from "../kinds/Kind.ts"
import { VERSION } from "../observability/version.ts"
import type { ClientOptions } from "./AwsClients.ts"
import { endpointFor } from "./endpoint.ts"

/** How a service is called, as the SDK's own client has it in its `runtimeConfig.shared`. */
export interface ServiceProtocol {
  readonly make: (settings: { readonly errorTypeRegistries: [] }) => ClientProtocol<unknown, unknown>
  /** The service in the signature, if its host has another name. */
  readonly signingName?: string
  /** Whether the path is signed as it is sent. Other services than S3 encode it again for the signature. */
  readonly isPathSignedOnce?: boolean
}

/** Names this extension in CloudTrail and in AWS's logs. It is not part of the signature. */
const USER_AGENT = `lambda-cache-extension/${VERSION}`

const signer = new AwsSdkSigV4Signer()

/** Adds the headers that the SDK signs, the signature and the user agent. Corrects the clock by the times in AWS's replies. */
const signing =
  (config: {
    readonly credentials: ClientOptions["credentials"]
  }): FinalizeRequestMiddleware<object, MetadataBearer> =>
  (next, context) =>
  async (args) => {
    const { request } = args
    if (!HttpRequest.isInstance(request)) return next(args)
    const { body, headers, hostname, port } = request
    headers["host"] = port === undefined ? hostname : `${hostname}:${port}`
    if (typeof body === "string" || body instanceof Uint8Array)
      headers["content-length"] = String(calculateBodyLength(body))
    const properties = { config, context }
    const signed = await signer.sign(request, await config.credentials(), properties)
    signed.headers["user-agent"] = USER_AGENT
    const result = await next({ ...args, request: signed }).catch(signer.errorHandler(properties))
    signer.successHandler(result.response as HttpResponse, properties)
    return result
  }

/** A client that sends the commands of the SDK's client `C`. The endpoint is resolved at the first call, once. */
export const makeClient = <C>(
  service: AwsService,
  { isPathSignedOnce = false, make, signingName = service.host }: ServiceProtocol,
  { credentials, region, requestHandler, sha256, ...endpointOptions }: ClientOptions,
): C => {
  let endpoint: EndpointV2 | undefined
  const config = resolveAwsSdkSigV4Config({
    apiVersion: "",
    // Errors are told apart by their names (`awsErrors.ts`), which need no classes.
    protocol: make({ errorTypeRegistries: [] }),
    requestHandler,
    credentials,
    sha256,
    region: () => Promise.resolve(region),
    defaultSigningName: signingName,
    signingEscapePath: !isPathSignedOnce,
    serviceId: service.id,
    endpointProvider: () => (endpoint ??= { url: endpointFor(service, { region, ...endpointOptions }) }),
    useFipsEndpoint: () => Promise.resolve(endpointOptions.useFipsEndpoint),
    useDualstackEndpoint: () => Promise.resolve(endpointOptions.useDualstackEndpoint),
    // Neither the environment nor shared files name another endpoint.
    ignoreConfiguredEndpointUrls: true,
    base64Decoder: fromBase64,
    base64Encoder: toBase64,
    utf8Decoder: fromUtf8,
    utf8Encoder: toUtf8,
    disableHostPrefix: false,
    urlParser: parseUrl,
    // The request handler returns whole bodies.
    streamCollector: (body: Uint8Array) => Promise.resolve(body),
  })
  const client = new Client<
    HttpHandlerOptions,
    object,
    MetadataBearer,
    SmithyResolvedConfiguration<HttpHandlerOptions>
  >(config)
  client.middlewareStack.use(getSchemaSerdePlugin(config))
  client.middlewareStack.add(signing(config), { step: "finalizeRequest", name: "signing" })
  return client as unknown as C
}

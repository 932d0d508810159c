/**
 * As much of Lambda, S3, STS and Account Management as `publish` and `doctor` call, in memory: layer versions and buckets by
 * region, and refusals on request. test/slow/publishOnMoto.test.ts has the same calls answered by moto.
 */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { deflateRawSync } from "node:zlib"
import { zipOf } from "../../scripts/zip.ts"

const ACCOUNT = "123456789012"

interface Version {
  readonly arn: string
  readonly description: string
  readonly sha256: string
  readonly policy: Array<unknown>
}

/** A function's package. */
export const zipWith = (files: Readonly<Record<string, string>>): Buffer =>
  zipOf(
    Object.entries(files).map(([name, text]) => {
      const content = Buffer.from(text)
      return { name, content, deflated: deflateRawSync(content), isExecutable: false }
    }),
  )

export interface LocalLayers {
  readonly endpoint: string
  /** The calls so far, as `region METHOD path`. */
  readonly calls: Array<string>
  /** Regions in which Lambda denies everything. */
  readonly denied: Set<string>
  /** By `region name`. */
  readonly layers: Map<string, Array<Version>>
  /** By bucket and key. */
  readonly objects: Map<string, Buffer>
  readonly buckets: Set<string>
  /** The packages of functions, by name. Each is on nodejs24.x and arm64, with the layer for that. */
  readonly functions: Map<string, Buffer>
  /** What IAM was asked to simulate. */
  readonly simulations: Array<URLSearchParams>
  /** The actions that no role is allowed. */
  readonly deniedActions: Set<string>
}

type Reply = readonly [status: number, body: string | Buffer | object, extra?: string]

const error = (status: number, type: string, message: string): Reply => [
  status,
  { __type: type, Type: "User", Message: message, message },
  type,
]

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:user/me</Arn><UserId>me</UserId>
</GetCallerIdentityResult></GetCallerIdentityResponse>`

/** The region that a request is signed for. */
const regionOf = ({ headers }: IncomingMessage): string =>
  /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "unsigned"

const versionJson = ({ arn, description, sha256 }: Version) => ({
  LayerVersionArn: arn,
  Version: Number(arn.split(":").at(-1)),
  Description: description,
  Content: { CodeSha256: sha256, CodeSize: 1 },
})

const lambda = (
  world: LocalLayers,
  region: string,
  { method, url = "" }: IncomingMessage,
  body: Buffer,
): Reply => {
  const [, name = "", number, isPolicy] =
    /^\/2018-10-31\/layers\/([^/]+)\/versions(?:\/(\d+))?(\/policy)?/.exec(url) ?? []
  if (world.denied.has(region))
    return error(403, "AccessDeniedException", "not authorized to perform: lambda")
  const versions = world.layers.get(`${region} ${name}`) ?? []
  if (number === undefined && method === "GET")
    return [200, { LayerVersions: versions.toReversed().map(versionJson) }]
  const version = versions[Number(number) - 1]
  if (number !== undefined && version === undefined)
    return error(404, "ResourceNotFoundException", "no such version")
  if (isPolicy !== undefined) {
    version?.policy.push(JSON.parse(body.toString()))
    return [201, { Statement: "{}", RevisionId: "1" }]
  }
  if (version !== undefined) return [200, versionJson(version)]
  const { Content, Description } = JSON.parse(body.toString())
  const bytes =
    Content.ZipFile === undefined
      ? world.objects.get(`${Content.S3Bucket}/${Content.S3Key}`)
      : Buffer.from(Content.ZipFile, "base64")
  if (bytes === undefined) return error(400, "InvalidParameterValueException", "no such object")
  const published = {
    arn: `arn:aws:lambda:${region}:${ACCOUNT}:layer:${name}:${versions.length + 1}`,
    description: Description,
    sha256: createHash("sha256").update(bytes).digest("base64"),
    policy: [],
  }
  world.layers.set(`${region} ${name}`, [...versions, published])
  return [201, versionJson(published)]
}

const s3 = (world: LocalLayers, { method, url = "" }: IncomingMessage, body: Buffer): Reply => {
  const [bucket = "", ...rest] = (url.split("?")[0] ?? "").slice(1).split("/")
  const key = rest.join("/")
  if (method === "HEAD") {
    const held = key === "" ? world.buckets.has(bucket) : world.objects.has(`${bucket}/${key}`)
    return [held ? 200 : 404, "", String(world.objects.get(`${bucket}/${key}`)?.length ?? 0)]
  }
  if (key !== "") world.objects.set(`${bucket}/${key}`, body)
  else world.buckets.add(bucket)
  return [200, ""]
}

const functionReply = ({ endpoint, functions }: LocalLayers, name: string): Reply =>
  functions.has(name)
    ? [
        200,
        {
          Configuration: {
            FunctionName: name,
            PackageType: "Zip",
            Runtime: "nodejs24.x",
            Architectures: ["arm64"],
            Layers: [{ Arn: `arn:aws:lambda:us-east-1:${ACCOUNT}:layer:cache-extension-arm64:1` }],
            MemorySize: 512,
            Timeout: 10,
            Role: `arn:aws:iam::${ACCOUNT}:role/shop`,
          },
          Code: { Location: `${endpoint}/code/${name}` },
        },
      ]
    : error(404, "ResourceNotFoundException", "Function not found")

/** IAM's SimulatePrincipalPolicy, with a page for each result: IAM may give as few as it likes. */
const simulated = ({ deniedActions, simulations }: LocalLayers, query: URLSearchParams): Reply => {
  simulations.push(query)
  const listed = (key: string) =>
    Array.from(query).flatMap(([name, value]) => (name.startsWith(`${key}.member.`) ? [value] : []))
  const results = listed("ActionNames").flatMap((action) =>
    listed("ResourceArns").map(
      (resource) =>
        `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>${resource}</EvalResourceName><EvalDecision>${deniedActions.has(action) ? "implicitDeny" : "allowed"}</EvalDecision></member>`,
    ),
  )
  const page = Number(query.get("Marker") ?? 0)
  const more =
    page + 1 < results.length
      ? `<IsTruncated>true</IsTruncated><Marker>${page + 1}</Marker>`
      : "<IsTruncated>false</IsTruncated>"
  return [
    200,
    `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>${more}<EvaluationResults>${results[page] ?? ""}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
  ]
}

/** STS and IAM speak the query protocol. */
const queryReply = (world: LocalLayers, body: Buffer): Reply => {
  const query = new URLSearchParams(body.toString())
  return query.get("Action") === "SimulatePrincipalPolicy" ? simulated(world, query) : [200, IDENTITY]
}

const answer = (world: LocalLayers, request: IncomingMessage, body: Buffer): Reply => {
  const { url = "" } = request
  const region = regionOf(request)
  world.calls.push(`${region} ${request.method} ${url.split("?")[0]}`)
  if (url.startsWith("/listRegions"))
    return [200, { Regions: ["us-east-1", "eu-west-1"].map((name) => ({ RegionName: name })) }]
  if (url === "/") return queryReply(world, body)
  const [, name] = /^\/2015-03-31\/functions\/([^/?]+)/.exec(url) ?? []
  if (name !== undefined) return functionReply(world, name)
  const [, code = ""] = /^\/code\/(.+)/.exec(url) ?? []
  const archive = world.functions.get(code)
  if (archive !== undefined) return [200, archive]
  return url.startsWith("/2018-10-31/") ? lambda(world, region, request, body) : s3(world, request, body)
}

const send = (request: IncomingMessage, response: ServerResponse, [status, body, extra]: Reply): void => {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  response.setHeader("content-type", text.at(0) === "<" ? "text/xml" : "application/json")
  if (status >= 400 && extra !== undefined) response.setHeader("x-amzn-errortype", extra)
  if (request.method === "HEAD") response.setHeader("content-length", extra ?? "0")
  response.writeHead(status).end(request.method === "HEAD" ? undefined : text)
}

/** Runs for a scope. */
export const localLayers = Effect.acquireRelease(
  Effect.promise(async () => {
    const world = {
      calls: [],
      denied: new Set<string>(),
      layers: new Map(),
      objects: new Map(),
      buckets: new Set<string>(),
      functions: new Map<string, Buffer>(),
      simulations: [],
      deniedActions: new Set<string>(),
    }
    const server = createServer((request, response) => {
      void buffer(request).then((body) =>
        send(
          request,
          response,
          answer({ ...world, endpoint: `http://${request.headers.host}` }, request, body),
        ),
      )
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const layers: LocalLayers = { ...world, endpoint }
    return { layers, server }
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.close()
      server.closeAllConnections()
    }),
).pipe(Effect.map(({ layers }) => layers))

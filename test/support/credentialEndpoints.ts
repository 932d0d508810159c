/**
 * Stands in for what gives credentials outside of Lambda: the endpoint of ECS and EKS, the metadata of an instance (version 2
 * alone) and STS for web identities. Each answers only what shows the token that it gave or expects.
 */
import { createServer } from "node:http"
import { text } from "node:stream/consumers"
import { listen } from "./extensionHttp.ts"
import { Effect } from "effect"

/** Each source gives another key, so local AWS's record says where a call's credentials came from. */
export const KEY_OF = {
  container: "KEYOFCONTAINER",
  instance: "KEYOFINSTANCE",
  webIdentity: "KEYOFWEBIDENTITY",
}

export const AUTHORIZATION = "authorization-of-the-container"
export const WEB_IDENTITY = "web-identity-of-the-pod"
const METADATA_TOKEN = "metadata-token"

/** In an hour of the year 2100. */
const EXPIRATION = "2100-01-01T00:00:00Z"
const SECRET = "secret-that-no-log-shows"

const keys = (AccessKeyId: string) => ({
  AccessKeyId,
  SecretAccessKey: SECRET,
  Token: "session-token",
  Expiration: EXPIRATION,
})

const assumed = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${KEY_OF.webIdentity}</AccessKeyId><SecretAccessKey>${SECRET}</SecretAccessKey><SessionToken>session-token</SessionToken><Expiration>${EXPIRATION}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`

type Reply = readonly [status: number, body: string]

const METADATA: Readonly<Record<string, string>> = {
  "/latest/meta-data/placement/region": "eu-north-1",
  "/latest/meta-data/iam/security-credentials/": "role",
  "/latest/meta-data/iam/security-credentials/role": JSON.stringify({
    Code: "Success",
    Type: "AWS-HMAC",
    ...keys(KEY_OF.instance),
  }),
}

const answer = (method: string, url: string, header: (name: string) => unknown, body: string): Reply => {
  if (url === "/credentials")
    return header("authorization") === AUTHORIZATION
      ? [200, JSON.stringify(keys(KEY_OF.container))]
      : [403, "{}"]
  if (method === "PUT" && url === "/latest/api/token") return [200, METADATA_TOKEN]
  const metadata = METADATA[url]
  if (metadata !== undefined)
    return header("x-aws-ec2-metadata-token") === METADATA_TOKEN ? [200, metadata] : [401, ""]
  const asked = new URLSearchParams(body)
  if (method === "POST" && asked.get("WebIdentityToken") === WEB_IDENTITY) return [200, assumed]
  return [404, `nothing at ${url}`]
}

/** The URL of all of them. They are closed with the scope. */
export const credentialEndpoints = Effect.suspend(() => {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { headers, method = "", url = "" } = request
      const [status, reply] = answer(method, url, (name) => headers[name], body)
      response.writeHead(status).end(reply)
    })
  })
  return Effect.map(Effect.orDie(listen(server)), (port) => `http://127.0.0.1:${port}`)
})

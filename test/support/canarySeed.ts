/**
 * What the secrecy tests plant: every value in AWS and on the web, and all credentials, are canaries. config.yaml has an entry
 * of each kind, and of each way to fetch one. `canaryWorld.ts` starts the extension on it.
 */
import { LOCAL_CREDENTIALS, type Seed } from "../../local/aws/seed.ts"
import { REGION } from "./aws.ts"
import { type Canary, makeCanary, makeNumberCanary } from "./canaries.ts"
import { page, type WebAnswer } from "./webServer.ts"

const CANARIES: Array<Canary> = []

const planted = (canary: Canary): string => {
  CANARIES.push(canary)
  return canary.text
}
const secret = (name: string): string => planted(makeCanary(name))
const number = (name: string): string => planted(makeNumberCanary(name))
const base64 = (name: string): string => Buffer.from(secret(name)).toString("base64")

/** A value in the company of what breaks quotes and lines. */
const awkward = (name: string): string => `"${secret(name)}" \\ / 'ü'\n%s ${secret(`${name}, second line`)}`

/** What the servers on the web want to be shown. */
const TOKEN_OF_THE_WEB = secret("secret in a header")
const AUTHORIZATION = `Bearer ${TOKEN_OF_THE_WEB}`
const DOCUMENT = awkward("document on the web")
/** What the database holds. */
export const ROW = secret("row")

export const SEED = {
  parameters: [
    { name: "plain", value: awkward("String") },
    { name: "encrypted", value: secret("SecureString"), type: "SecureString" },
    { name: "list", value: [secret("StringList"), secret("StringList, second")].join(), type: "StringList" },
    { name: "refreshed", value: secret("parameter that is refreshed") },
    { name: "/app/one", value: secret("parameter below a path") },
  ],
  secrets: [
    { name: "referenced", value: secret("secret by reference") },
    { name: "text", value: awkward("secret text") },
    { name: "json", value: JSON.stringify({ user: "u", password: awkward("field of a JSON secret") }) },
    { name: "binary", binary: base64("binary secret") },
    { name: "described", value: secret("secret that is described") },
    { name: "web", value: JSON.stringify({ token: TOKEN_OF_THE_WEB }) },
  ],
  tables: [
    {
      name: "Things",
      hashKey: { name: "id" },
      items: [
        {
          id: "one",
          S: awkward("attribute S"),
          N: { $N: number("attribute N") },
          B: { $B: base64("attribute B") },
          L: [secret("attribute L"), [secret("attribute in lists")]],
          M: { inner: { deep: secret("attribute M") } },
          SS: { $SS: [secret("attribute SS")] },
          NS: { $NS: [number("attribute NS")] },
          BS: { $BS: [base64("attribute BS")] },
          [secret("name of an attribute")]: true,
        },
        { id: "two", S: secret("attribute of another item") },
        { id: "three", S: secret("attribute of an item of a table") },
      ],
    },
  ],
  appconfig: [
    {
      application: "shop",
      environment: "prod",
      profile: "flags",
      content: awkward("configuration"),
      pollInterval: 0,
    },
  ],
  objects: [{ bucket: "canaries", key: "text", content: awkward("object") }],
  databases: [{ cluster: "shop", name: "shop", sql: ROW }],
} satisfies Seed

export const CREDENTIALS = {
  ...LOCAL_CREDENTIALS,
  secretAccessKey: secret("secret access key"),
  sessionToken: secret("session token"),
}

/** Everything that must not be seen. */
export const SECRETS: ReadonlyArray<Canary> = CANARIES

/** Neither are secrets of AWS, but nobody needs to see them elsewhere than in config.yaml. */
const HEADER = secret("header in config.yaml")
const ARGUMENT = secret("parameter of a statement")
const SECRET_ARN = `arn:aws:secretsmanager:${REGION}:123456789012:secret:${secret("secret of a database")}`

/** The variables with the servers that answer well and badly. Each is an origin, with a circuit of its own. */
export const WEB_VARIABLE = "TEST_WEB_URL"
export const BAD_WEB_VARIABLE = "TEST_BAD_WEB_URL"

/** Gives the document to whoever shows the token. */
export const answerWell: WebAnswer = (request, response) =>
  page(DOCUMENT, {}, request.headers.authorization === AUTHORIZATION ? 200 : 401)(request, response)

/** Repeats the token wherever an answer has room for it. */
export const answerBadly: WebAnswer = ({ headers: { authorization = "" }, url }, response) => {
  if (url === "/quoted")
    response.writeHead(500, authorization, { etag: `"${authorization}"`, "x-shown": authorization })
  if (url === "/redirected")
    response.writeHead(302, { location: `http://169.254.169.254/${encodeURIComponent(authorization)}` })
  if (url !== "/broken-off") return void response.end(authorization)
  response.writeHead(200, { "content-length": DOCUMENT.length * 9 })
  response.write(`${DOCUMENT}${authorization}`, () => response.destroy())
}

/** A name is no secret: it is in the log and in answers. So the search can be seen to find something there. */
export const NAME = makeCanary("name")

const urlEntry = (name: string, variable: string): string => `  - name: ${name}
    url: \${${variable}:-http://127.0.0.1:9}/${name}
    headers:
      - { name: Authorization, secret: web, json: /token, prefix: "Bearer " }
      - { name: X-Key, value: ${HEADER} }`

/** Every read asks AWS, gives up soon, and gets what AWS says; one entry is refreshed at each invoke and served stale. */
export const CONFIG = `
cache: { ttl: 0s, stale_if_error: 0s, negative_ttl: 0s, read_budget: 250ms, load_budget: 1s, forced_refresh_interval: 0s }
parameters:
  - names: [plain, encrypted, list, /aws/reference/secretsmanager/referenced]
  - names: [refreshed]
    stale_while_revalidate: 1h
    stale_if_error: 1h
secrets:
  - names: [text, json, binary]
  - { names: [described], revalidate: describe }
dynamodb:
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one }
  - { table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: two, format: dynamodb }
  - { name: queried, table: Things, hashkey: id, hashkeytype: S, hashkeyvalue: one, query: {} }
tables:
  - { name: any, table: Things, hashkey: id, hashkeytype: S, attributes: [S] }
appconfig:
  - { application: shop, environment: prod, profile: flags }
s3:
  - { bucket: canaries, key: text }
sql:
  - name: rows
    resource_arn: arn:aws:rds:${REGION}:123456789012:cluster:shop
    secret_arn: ${SECRET_ARN}
    database: shop
    statement: SELECT value FROM things WHERE id = :id
    parameters: [{ name: id, value: ${ARGUMENT} }]
http:
${urlEntry("page", WEB_VARIABLE)}
${["quoted", "redirected", "broken-off"].map((name) => urlEntry(name, BAD_WEB_VARIABLE)).join("\n")}
  - { name: unfit, url: https://example.com/, headers: [{ name: Authorization, secret: text }] }
metrics: { emf_every: 1 }
`

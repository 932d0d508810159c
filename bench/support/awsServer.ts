/**
 * A fake AWS for the benches: every name exists, and its value derives from the request. Only the table of the shared tier
 * keeps what is written to it. It runs as a child process (`aws.ts`), so that its work does not affect the measurements.
 *
 * Arguments: the milliseconds that each call takes, and for TLS the files of key and certificate.
 */
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"
import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import { TIER_TABLE } from "./workloads.ts"

type Key = Readonly<Record<string, unknown>>
type TierItem = Readonly<Record<string, unknown>> & { readonly key: { readonly S: string } }

/** The members of requests that are used. */
interface Input {
  readonly Name: string
  readonly Names: ReadonlyArray<string>
  readonly SecretId: string
  readonly SecretIdList: ReadonlyArray<string>
  readonly Key: Key
  readonly Item: TierItem
  readonly RequestItems: Readonly<Record<string, { readonly Keys: ReadonlyArray<Key> }>>
}

const parameter = (name: string) => ({
  Name: name,
  Value: `value of ${name}`,
  Type: "SecureString",
  Version: 1,
})
const secret = (name: string) => ({ Name: name, ARN: arn(name), SecretString: secretText(name) })

/** A text of this length that differs by name and by call. */
const textOf = (size: number): string =>
  randomBytes(Math.ceil((size * 3) / 4))
    .toString("base64")
    .slice(0, size)

/** A name such as `filler-1000-17` gives the length of its value. */
const secretText = (name: string): string => {
  const size = /^filler-(\d+)-/.exec(name)?.[1]
  return size === undefined ? `{"user":"app","password":"${name}"}` : textOf(Number(size))
}

const arn = (name: string): string => `arn:aws:secretsmanager:us-west-2:123456789012:secret:${name}-AbCdEf`

const item = (key: Key) => ({ ...key, Data: { S: "the data of one item" }, Count: { N: "42" } })

/** What the shared tier has written, by key. Conditions are not looked at: the bench starts one environment at a time. */
const tier = new Map<string, unknown>()

const itemsAt = (table: string, keys: ReadonlyArray<Key>): ReadonlyArray<unknown> =>
  table === TIER_TABLE ? keys.flatMap((key) => tier.get((key as TierItem).key.S) ?? []) : keys.map(item)

/** The same data key for everyone. */
const DATA_KEY = { KeyId: "bench", Plaintext: randomBytes(32).toString("base64"), CiphertextBlob: "YmVuY2g=" }

const OPERATIONS: Readonly<Record<string, (input: Input) => unknown>> = {
  GetParameter: ({ Name }) => ({ Parameter: parameter(Name) }),
  GetParameters: ({ Names }) => ({ Parameters: Names.map(parameter), InvalidParameters: [] }),
  GetSecretValue: ({ SecretId }) => secret(SecretId),
  BatchGetSecretValue: ({ SecretIdList }) => ({ SecretValues: SecretIdList.map(secret), Errors: [] }),
  GetItem: ({ Key }) => ({ Item: item(Key) }),
  BatchGetItem: ({ RequestItems }) => ({
    Responses: Object.fromEntries(
      Object.entries(RequestItems).map(([table, { Keys }]) => [table, itemsAt(table, Keys)]),
    ),
    UnprocessedKeys: {},
  }),
  PutItem: ({ Item }) => {
    tier.set(Item.key.S, Item)
    return {}
  },
  DeleteItem: ({ Key }) => {
    tier.delete((Key as TierItem).key.S)
    return {}
  },
  GenerateDataKey: () => DATA_KEY,
  Decrypt: () => DATA_KEY,
}

const [latency = "0", key, certificate] = process.argv.slice(2)

const answer: RequestListener = async (request, response) => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (Number(latency) > 0) await delay(Number(latency))
  // For instance `DynamoDB_20120810.GetItem`.
  const target = String(request.headers["x-amz-target"])
  const operation = OPERATIONS[target.slice(target.lastIndexOf(".") + 1)]
  const body = JSON.stringify(operation?.(JSON.parse(Buffer.concat(chunks).toString()) as Input) ?? {})
  response
    .writeHead(operation === undefined ? 400 : 200, {
      "content-type": `application/x-amz-json-${target.startsWith("Dynamo") ? "1.0" : "1.1"}`,
      "content-length": Buffer.byteLength(body),
    })
    .end(body)
}

const server =
  key === undefined || certificate === undefined
    ? createServer(answer)
    : createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, answer)
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.once("disconnect", () => process.exit())

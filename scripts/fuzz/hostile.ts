// Hostile names: texts that would forge log lines, metrics or headers, and ARNs of regions, accounts and roles that do not
// exist. And requests to the ports of other extensions, made from them and from real names.
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { eitherOf, type FuzzRequest, mostly, oneOf } from "./arbitraries.ts"

const EMF = JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [] }, m: 1 })

const FORGERIES = [
  "x\nFORGED",
  "x\r\n[cache-extension] ERROR FORGED",
  `x\n${EMF}`,
  EMF,
  "x\u001b[31mFORGED\u001b[0m",
  "x\u2028FORGED\u2029",
  "x\u0085FORGED\u009b31m",
  "x\u0000FORGED",
  "\u{E0001}\u200B",
] as const

const numbers = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 }))
const letters = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 25 }))

/** One of 2,600 regions. */
const region = Arbitrary.map(
  Arbitrary.all({ letter: Arbitrary.schema(letters), number: Arbitrary.schema(numbers) }),
  ({ letter, number }) => `xx-${String.fromCharCode(97 + letter)}region-${number}`,
)

/** The service and resource of an ARN. */
const ARNS = ["ssm: :parameter/plain", "secretsmanager: :secret:text-AbCdEf"] as const

const arn = Arbitrary.map(
  Arbitrary.all({ region, form: oneOf<string>(...ARNS) }),
  ({ form, region }) => `arn:aws:${form.replace(" :", `${region}:123456789012:`)}`,
)

const label = Arbitrary.map(Arbitrary.schema(numbers), (number) => `plain:invented${number}`)

/** Invented names, labels and ARNs. */
export const hostileText: Arbitrary.Arbitrary<string> = eitherOf(oneOf<string>(...FORGERIES), arn, label)

const roleArn = Arbitrary.map(
  Arbitrary.schema(numbers),
  (number) => `arn:aws:iam::123456789012:role/invented${number}`,
)

/** The compatible port's routes with names that exist. */
const KEYS: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>> = {
  name: ["plain", "document", "/app/one", "absent"],
  secretId: ["text", "document", "absent"],
  version: ["1", "2"],
  label: ["live", "dead"],
  versionId: ["11111111-2222-3333-4444-555555555555"],
  versionStage: ["AWSCURRENT", "AWSPREVIOUS"],
  withDecryption: ["true", "false", "yes"],
  refreshNow: ["true", "false", "now"],
}

const pair = eitherOf(
  Arbitrary.map(roleArn, (role) => `roleArn=${encodeURIComponent(role)}`),
  ...Object.entries(KEYS).map(([key, values]) =>
    Arbitrary.map(
      mostly(oneOf(...values), hostileText),
      (value) => `${key}=${encodeURIComponent(value.toWellFormed())}`,
    ),
  ),
)

const nameFor = (path: string): string =>
  path.startsWith("/systemsmanager") ? "name=plain" : path.startsWith("/v1") ? "" : "secretId=text"

const path = eitherOf(
  oneOf("/systemsmanager/parameters/get", "/secretsmanager/get", "/secretsmanager/get/", "/ping", "/v1/text"),
  Arbitrary.map(hostileText, (text) => `/v1/${encodeURIComponent(text.toWellFormed())}`),
)

/** The right token, and wrong ones. */
const TOKENS = ["local", "local", "local", "other"] as const

/** A request to the compatible port. */
export const compatibleRequest: Arbitrary.Arbitrary<FuzzRequest> = Arbitrary.map(
  Arbitrary.all({
    method: mostly(oneOf("GET"), oneOf("DELETE", "POST", "HEAD")),
    path,
    pairs: Arbitrary.array(pair, { maxLength: 3 }),
    header: oneOf("x-aws-parameters-secrets-token", "x-vault-token"),
    token: oneOf(...TOKENS),
  }),
  ({ header, method, pairs, path, token }) => ({
    method,
    target: `${path}?${[nameFor(path), ...pairs].filter((pair) => pair !== "").join("&")}`,
    headers: { [header]: token },
  }),
)

/** Configurations as the paths of AWS's AppConfig agent name them, and what only looks like one. */
const CONFIGURATIONS = ["flags", "page", "absent", "unlisted"].map(
  (profile) => `/applications/shop/environments/prod/configurations/${profile}`,
)
const agentPath = eitherOf(
  oneOf("/ping", ...CONFIGURATIONS),
  oneOf("/applications//environments/prod/configurations/flags", ...CONFIGURATIONS),
  Arbitrary.map(
    hostileText,
    (text) =>
      `/applications/shop/environments/prod/configurations/${encodeURIComponent(text.toWellFormed())}`,
  ),
)
const flag = Arbitrary.map(
  mostly(oneOf("db", "port", "none"), hostileText),
  (value) => `flag=${encodeURIComponent(value.toWellFormed())}`,
)

/** A request to the port of AWS's AppConfig agent. */
export const agentRequest: Arbitrary.Arbitrary<FuzzRequest> = Arbitrary.map(
  Arbitrary.all({
    method: mostly(oneOf("GET"), oneOf("HEAD", "POST", "DELETE")),
    path: agentPath,
    flags: Arbitrary.array(flag, { maxLength: 2 }),
    context: oneOf("userId=7", "userId=7, group=a", "=", ",", "userId"),
  }),
  ({ context, flags, method, path }) => ({
    method,
    target: flags.length === 0 ? path : `${path}?${flags.join("&")}`,
    headers: { context },
  }),
)

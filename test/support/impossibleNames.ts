/**
 * Names that AWS cannot have, each in a config.yaml with its exact error message. Part of the table of `brokenConfigs.ts`.
 */
import type { BrokenConfig } from "./brokenConfigs.ts"
import { PARAMETERS, PATHS, type Row } from "./impossibleParameters.ts"

const ACCOUNT = "123456789012"

const glimpse = (text: string): string => {
  const quoted = JSON.stringify(text)
  return quoted.length <= 80 ? quoted : `${quoted.slice(0, 79)}…`
}

const broken =
  (lines: (text: string) => string, place: string, allowed: string) =>
  ({ name, reason, text }: Row): BrokenConfig => ({
    name,
    text: lines(JSON.stringify(text)),
    faults: [
      `config.yaml:${place}: found ${glimpse(text)}; allowed: ${allowed}${reason === undefined ? "" : ` (${reason})`}`,
    ],
  })

const SECRET_SYMBOLS = "allowed are a-z, A-Z, 0-9, /, _, +, =, ., @, ! and -"

const SECRETS: ReadonlyArray<Row> = [
  { name: "a secret with a wildcard", text: "shop/*", reason: "there are no wildcards" },
  {
    name: "a secret with a variable",
    text: "shop/$STAGE/db",
    reason: "$STAGE in it is a variable that nothing has expanded",
  },
  {
    name: "a secret with a blank in it",
    text: "my secret",
    reason: `there is a blank in it; ${SECRET_SYMBOLS}`,
  },
  {
    name: "a secret of 513 characters",
    text: "s".repeat(513),
    reason: "it has 513 characters; 512 are allowed",
  },
  {
    name: "a secret with a version behind a colon",
    text: "db:AWSCURRENT",
    reason: `there is the character ":" in it; ${SECRET_SYMBOLS}`,
  },
  {
    name: "a parameter's ARN among secrets",
    text: `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/db`,
    reason: "it is an ARN of ssm, which is listed under parameters",
  },
  {
    name: "a secret's ARN with a key, as ECS has it",
    text: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:db-AbCdEf:password::`,
    reason: "behind the ARN stand a key or a version; version_stage names a version",
  },
  {
    name: "a secret as Parameter Store names it",
    text: "/aws/reference/secretsmanager/db",
    reason: "this is how Parameter Store names a secret; it is listed under parameters",
  },
]

const TABLE_ALLOWED = "a table's name (3 to 255 of a-z, A-Z, 0-9, _, - and .) or ARN"
const TABLE_ARN = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/Orders`

const TABLES: ReadonlyArray<Row> = [
  {
    name: "a table with a variable",
    text: "Orders-%STAGE%",
    reason: "%STAGE% in it is a variable that nothing has expanded",
  },
  { name: "a table of two characters", text: "Or", reason: "it has fewer than 3 characters" },
  {
    name: "a table of 256 characters",
    text: "t".repeat(256),
    reason: "it has 256 characters; 255 are allowed",
  },
  {
    name: "an index's ARN as a table",
    text: `${TABLE_ARN}/index/by-day`,
    reason: "it is the ARN of an index, not of the table",
  },
  {
    name: "a stream's ARN as a table",
    text: `${TABLE_ARN}/stream/2026-01-31T00:00:00.000`,
    reason: "it is the ARN of a stream, not of the table",
  },
  {
    name: "a bucket's ARN as a table",
    text: "arn:aws:s3:::orders",
    reason: "it is an ARN of s3, which is listed under s3",
  },
]

const REGIONS: ReadonlyArray<Row> = [
  {
    name: "an availability zone as a region",
    text: "us-west-2a",
    reason: "this is an availability zone of us-west-2",
  },
  { name: "a region in capitals", text: "US-WEST-2", reason: "regions are written in lower case" },
  {
    name: "a region that is a variable",
    text: "$AWS_REGION",
    reason: "it is a variable that nothing has expanded",
  },
  { name: "a region without its number", text: "us-west", reason: undefined },
  { name: "a region without dashes", text: "uswest2", reason: undefined },
]

export const IMPOSSIBLE_NAMES: ReadonlyArray<BrokenConfig> = [
  ...PARAMETERS.map(
    broken(
      (text) => `parameters:\n  - names: [A, ${text}]\n`,
      "2:16: parameters[0].names[1]",
      "a parameter's name or ARN",
    ),
  ),
  ...SECRETS.map(
    broken(
      (text) => `secrets:\n  - names: [${text}]\n`,
      "2:13: secrets[0].names[0]",
      "a secret's name or ARN",
    ),
  ),
  ...TABLES.map(
    broken(
      (text) => `dynamodb:\n  - table: ${text}\n    hashkey: k\n    hashkeytype: S\n    hashkeyvalue: v\n`,
      "2:12: dynamodb[0].table",
      TABLE_ALLOWED,
    ),
  ),
  ...REGIONS.map(
    broken(
      (text) => `secrets:\n  - names: [A]\n    region: ${text}\n`,
      "3:13: secrets[0].region",
      "a region such as us-west-2",
    ),
  ),
  ...PATHS.map(
    broken(
      (text) => `parameters:\n  - paths: [${text}]\n`,
      "2:13: parameters[0].paths[0]",
      "a path that starts with a slash, such as /app/prod/, its levels of a-z, A-Z, 0-9, _, - and .",
    ),
  ),
  {
    name: "an ARN of another region than its section's",
    text: `dynamodb:
  - region: us-west-2
    table: ${TABLE_ARN}
    hashkey: k
    hashkeytype: S
    hashkeyvalue: v
`,
    faults: [
      `config.yaml:3:12: dynamodb[0].table: found "${TABLE_ARN}"; allowed: an ARN in us-west-2, as dynamodb[0].region in line 2 says`,
    ],
  },
  {
    name: "a staging label that is too long",
    text: `secrets:\n  - names: [A]\n    version_stage: ${"s".repeat(257)}\n`,
    faults: [
      `config.yaml:3:20: secrets[0].version_stage: found "${"s".repeat(78)}…; allowed: a staging label such as AWSCURRENT (it has 257 characters; 256 are allowed)`,
    ],
  },
  {
    name: "a key attribute whose name is too long",
    text: `dynamodb:\n  - {table: Tab, hashkey: ${"k".repeat(256)}, hashkeytype: S, hashkeyvalue: v}\n`,
    faults: [
      `config.yaml:2:27: dynamodb[0].hashkey: found "${"k".repeat(78)}…; allowed: the name of the table's key attribute (it has 256 characters; 255 are allowed)`,
    ],
  },
]

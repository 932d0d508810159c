/**
 * Names and paths that Parameter Store cannot have, with the reasons that messages give. `impossibleNames.ts` makes a
 * config.yaml of each.
 */

const SYMBOLS = "allowed are a-z, A-Z, 0-9, _, ., - and /"
const ACCOUNT = "123456789012"

/** A name that is impossible. */
export interface Row {
  readonly name: string
  /** As it is written in the file, within double quotes. */
  readonly text: string
  /** What stands in the parentheses of the message; undefined: nothing does. */
  readonly reason: string | undefined
}

export const PARAMETERS: ReadonlyArray<Row> = [
  {
    name: "a parameter with a wildcard",
    text: "/shop/prod/*",
    reason: "there are no wildcards; paths lists what is below a path",
  },
  {
    name: "a parameter with a variable",
    text: "/shop/$(STAGE)/db",
    reason: "$(STAGE) in it is a variable that nothing has expanded",
  },
  {
    name: "a parameter with a variable of a template",
    text: "/shop/{{ stage }}/db",
    reason: "{{ stage }} in it is a variable that nothing has expanded",
  },
  {
    name: "a parameter as CloudFormation names it",
    text: "{{resolve:ssm:/shop/db:1}}",
    reason: "{{resolve:ssm:/shop/db:1}} in it is a variable that nothing has expanded",
  },
  {
    name: "a parameter with a blank in it",
    text: "/shop/my db",
    reason: `there is a blank in it; ${SYMBOLS}`,
  },
  {
    name: "a parameter with a letter that AWS refuses",
    text: "/shop/größe",
    reason: `there is the character "ö" in it; ${SYMBOLS}`,
  },
  { name: "a parameter with an empty level", text: "/shop//db", reason: "there is an empty level in it: //" },
  {
    name: "a parameter with a slash at its end",
    text: "/shop/prod/",
    reason: "a name does not end with a slash; paths lists what is below one",
  },
  {
    name: "a parameter of levels without a slash before them",
    text: "shop/prod/db",
    reason: "a name of several levels begins with a slash",
  },
  {
    name: "a parameter of 1,012 characters",
    text: "n".repeat(1_012),
    reason: "it has 1012 characters; 1011 are allowed",
  },
  { name: "a parameter of 16 levels", text: "/l".repeat(16), reason: "it has 16 levels; 15 are allowed" },
  {
    name: "a parameter that begins with ssm",
    text: "SSM-db",
    reason: "AWS reserves names that begin with ssm",
  },
  {
    name: "version 0 of a parameter",
    text: "/shop/db:0",
    reason: "behind the colon: versions are numbers from 1",
  },
  {
    name: "a label that begins with a digit",
    text: "/shop/db:1a",
    reason: "behind the colon: a label does not begin with a digit",
  },
  {
    name: "a label that is too long",
    text: `db:${"l".repeat(101)}`,
    reason: "behind the colon: it has 101 characters; 100 are allowed",
  },
  {
    name: "a secret's ARN among parameters",
    text: `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:db-AbCdEf`,
    reason: "it is an ARN of secretsmanager, which is listed under secrets",
  },
  {
    name: "a queue's ARN among parameters",
    text: `arn:aws:sqs:eu-west-1:${ACCOUNT}:queue`,
    reason: "it is an ARN of sqs",
  },
  {
    name: "a document's ARN among parameters",
    text: `arn:aws:ssm:eu-west-1:${ACCOUNT}:document/db`,
    reason: "it is not the ARN of a parameter",
  },
  {
    name: "half an ARN among parameters",
    text: "arn:aws:ssm:eu-west-1",
    reason: "it is not a whole ARN, such as arn:aws:ssm:us-west-2:123456789012:parameter/app/db",
  },
  {
    name: "an ARN for every region",
    text: `arn:aws:ssm:*:${ACCOUNT}:parameter/db`,
    reason: "its region is none, as in arn:aws:ssm:us-west-2:123456789012:parameter/app/db",
  },
  {
    name: "an ARN with a variable as account",
    text: "arn:aws:ssm:eu-west-1:<AccountId>:parameter/db",
    reason: "its account is no number, as in arn:aws:ssm:us-west-2:123456789012:parameter/app/db",
  },
  {
    name: "an ARN with a wildcard",
    text: `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/shop/*`,
    reason: "there are no wildcards; paths lists what is below a path",
  },
  {
    name: "a reference to secrets with a wildcard",
    text: "/aws/reference/secretsmanager/db*",
    reason: "there are no wildcards",
  },
  {
    name: "a reference to no secret",
    text: "/aws/reference/secretsmanager/",
    reason: "there is no secret's name in it",
  },
]

export const PATHS: ReadonlyArray<Row> = [
  {
    name: "a path with a wildcard",
    text: "/shop/*",
    reason: "there are no wildcards; everything below a path belongs to it",
  },
  { name: "a path with an empty level", text: "/shop//prod", reason: "there is an empty level in it: //" },
  {
    name: "a path of references to secrets",
    text: "/aws/reference/secretsmanager/",
    reason: "references to secrets are read by their names alone",
  },
  {
    name: "an ARN as a path",
    text: `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/shop`,
    reason: "a path is no ARN",
  },
]

/**
 * Writes the statements of a policy as a JSON document, or as a snippet for SAM, CDK or Terraform. The snippets take
 * partition, region and account from the stack in which they stand, by the placeholders here.
 */
import * as Yaml from "yaml"
import type { Statement } from "./policy.ts"

/** What stands for parts of an ARN that only the deployment knows. */
export interface Placeholders {
  readonly partition?: string
  readonly region: string
  readonly account: string
}

interface Format {
  /** `partition` is absent where nothing can stand for it. */
  readonly placeholders: Placeholders
  readonly write: (statements: ReadonlyArray<Statement>) => string
}

const VERSION = "2012-10-17"

const json = (statements: ReadonlyArray<Statement>): string =>
  JSON.stringify({ Version: VERSION, Statement: statements }, undefined, 2)

/** A text, as `!Sub` if it has a placeholder of CloudFormation. */
const samText = (text: string): Yaml.Scalar => {
  const scalar = new Yaml.Scalar(text)
  if (text.includes("${AWS::")) scalar.tag = "!Sub"
  return scalar
}

const samStatement = ({ Condition, Resource, ...statement }: Statement) => ({
  ...statement,
  Resource: Resource.map(samText),
  ...(Condition === undefined
    ? {}
    : {
        Condition: Object.fromEntries(
          Object.entries(Condition).map(([operator, keys]) => [
            operator,
            Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, values.map(samText)])),
          ]),
        ),
      }),
})

const sam = (statements: ReadonlyArray<Statement>): string => {
  const policy = { Version: new Yaml.Scalar(VERSION), Statement: statements.map(samStatement) }
  policy.Version.type = Yaml.Scalar.QUOTE_DOUBLE
  return [
    "# Properties of AWS::Serverless::Function:",
    Yaml.stringify({ Policies: [policy] }, { lineWidth: 0 }).trimEnd(),
  ].join("\n")
}

/** A list of texts, each as its language writes it, in one line or in several. */
const listOf = (texts: ReadonlyArray<string>, write: (text: string) => string, indent: string): string =>
  texts.length === 1
    ? `[${texts.map(write).join("")}]`
    : `[\n${texts.map((text) => `${indent}  ${write(text)},\n`).join("")}${indent}]`

const cdkText = (text: string): string => (text.includes("${Aws.") ? `\`${text}\`` : JSON.stringify(text))

const cdkStatement = ({ Action, Condition, Resource, Sid }: Statement): string =>
  [
    "  new iam.PolicyStatement({",
    `    sid: ${JSON.stringify(Sid)},`,
    `    actions: ${listOf(Action, JSON.stringify, "    ")},`,
    `    resources: ${listOf(Resource, cdkText, "    ")},`,
    ...(Condition === undefined
      ? []
      : [
          "    conditions: {",
          ...Object.entries(Condition).flatMap(([operator, keys]) =>
            Object.entries(keys).map(
              ([key, values]) =>
                `      ${operator}: { ${JSON.stringify(key)}: ${listOf(values, cdkText, "      ")} },`,
            ),
          ),
          "    },",
        ]),
    "  }),",
  ].join("\n")

const cdk = (statements: ReadonlyArray<Statement>): string =>
  [
    'import { Aws, aws_iam as iam } from "aws-cdk-lib"',
    "",
    "// for (const statement of cacheStatements) fn.addToRolePolicy(statement)",
    "export const cacheStatements = [",
    ...statements.map(cdkStatement),
    "]",
  ].join("\n")

/** Arguments as `terraform fmt` writes them: the equals signs of neighbours in one line each are below each other. */
const terraformArguments = (
  args: ReadonlyArray<readonly [name: string, value: string]>,
  indent: string,
): ReadonlyArray<string> => {
  const groups: Array<Array<readonly [string, string]>> = [[]]
  for (const arg of args) {
    if (arg[1].includes("\n")) groups.push([arg], [])
    else groups.at(-1)?.push(arg)
  }
  return groups.flatMap((group) => {
    const width = Math.max(...group.map(([name]) => name.length))
    return group.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`)
  })
}

const terraformCondition = (operator: string, key: string, values: ReadonlyArray<string>): string => {
  const args = terraformArguments(
    [
      ["test", JSON.stringify(operator)],
      ["variable", JSON.stringify(key)],
      ["values", listOf(values, JSON.stringify, "      ")],
    ],
    "      ",
  )
  return ["", "    condition {", ...args, "    }"].join("\n")
}

const terraformStatement = ({ Action, Condition = {}, Resource, Sid }: Statement): string =>
  [
    "  statement {",
    ...terraformArguments(
      [
        ["sid", JSON.stringify(Sid)],
        ["actions", listOf(Action, JSON.stringify, "    ")],
        ["resources", listOf(Resource, JSON.stringify, "    ")],
      ],
      "    ",
    ),
    ...Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => terraformCondition(operator, key, values)),
    ),
    "  }",
  ].join("\n")

/**
 * The provider's own source for the region, aws_region, has no attribute that suits versions 5 and 6: `name` and `id` are deprecated
 * in 6, `region` is new in it. aws_service has `region` in both, and calls no API.
 */
const TERRAFORM_REGION = "${data.aws_service.ssm.region}"

const TERRAFORM_DATA: Readonly<Record<string, string>> = {
  "${data.aws_partition.current.partition}": 'data "aws_partition" "current" {}',
  [TERRAFORM_REGION]: [
    "# Its region is that of the provider.",
    'data "aws_service" "ssm" {',
    '  service_id = "ssm"',
    "}",
  ].join("\n"),
  "${data.aws_caller_identity.current.account_id}": 'data "aws_caller_identity" "current" {}',
}

const terraform = (statements: ReadonlyArray<Statement>): string => {
  const blocks = statements.map(terraformStatement).join("\n\n")
  const data = Object.entries(TERRAFORM_DATA).flatMap(([used, block]) =>
    blocks.includes(used) ? [block] : [],
  )
  return [
    ...data,
    ...(data.length === 0 ? [] : [""]),
    'data "aws_iam_policy_document" "cache_extension" {',
    ...(blocks === "" ? [] : [blocks]),
    "}",
  ].join("\n")
}

/** The formats by the names that the command line has for them. */
export const FORMATS = {
  json: { placeholders: { region: "<region>", account: "<account>" }, write: json },
  sam: {
    placeholders: {
      partition: "${AWS::Partition}",
      region: "${AWS::Region}",
      account: "${AWS::AccountId}",
    },
    write: sam,
  },
  cdk: {
    placeholders: {
      partition: "${Aws.PARTITION}",
      region: "${Aws.REGION}",
      account: "${Aws.ACCOUNT_ID}",
    },
    write: cdk,
  },
  terraform: {
    placeholders: {
      partition: "${data.aws_partition.current.partition}",
      region: TERRAFORM_REGION,
      account: "${data.aws_caller_identity.current.account_id}",
    },
    write: terraform,
  },
} as const satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof FORMATS

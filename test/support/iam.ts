/**
 * IAM as far as a test of policies needs it: whether statements allow an action on a resource, and which actions and resources
 * a call of the extension needs. The latter is written from AWS's Service Authorization Reference, not from the code under
 * test: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
import type { Statement } from "../../cli/policy/policy.ts"

/** An action and the resource that it is checked against. */
export interface Need {
  readonly action: string
  readonly resource: string
}

/** A call as a client makes it, and where. */
export interface CheckedCall {
  readonly operation: string
  /** Names, ids or tables; for AppConfig application, environment and profile; for the Data API cluster and secret. */
  readonly names: ReadonlyArray<string>
  readonly region: string
  readonly account: string
}

const pattern = (text: string): RegExp =>
  new RegExp(
    `^${text
      .replaceAll(/[.+^${}()|[\]\\/]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "s",
  )

/** The pairs of action and resource that statements allow, each resource as a pattern. */
export const allowedBy = (statements: ReadonlyArray<Statement>): ReadonlyArray<Need> =>
  statements.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
  )

/** Whether a pair that is allowed covers a need. */
export const covers = (allowed: Need, need: Need): boolean =>
  allowed.action === need.action && pattern(allowed.resource).test(need.resource)

/** What is denied of the needs. */
export const deniedOf = (
  statements: ReadonlyArray<Statement>,
  needs: ReadonlyArray<Need>,
): ReadonlyArray<Need> => {
  const allowed = allowedBy(statements)
  return needs.filter((need) => !allowed.some((one) => covers(one, need)))
}

/** What Secrets Manager appends to a name in an ARN. */
const SUFFIX = "-AbCdEf"
const REFERENCE = "/aws/reference/secretsmanager/"

const secretResource = (id: string, { account, region }: CheckedCall): string => {
  if (!id.startsWith("arn:")) return `arn:aws:secretsmanager:${region}:${account}:secret:${id}${SUFFIX}`
  return /-[a-zA-Z0-9]{6}$/.test(id) ? id : id + SUFFIX
}

const parameterResource = (name: string, { account, region }: CheckedCall): string => {
  const owner = /^\/aws\/(?!reference\/)/.test(name) ? "" : account
  const arn = name.startsWith("arn:")
    ? name
    : `arn:aws:ssm:${region}:${owner}:parameter/${name.replace(/^\//, "")}`
  // Without the version or label: the sixth colon and what follows.
  return arn.split(":").slice(0, 6).join(":")
}

const parameterNeeds = (action: string, name: string, call: CheckedCall): ReadonlyArray<Need> => [
  { action, resource: parameterResource(name, call) },
  ...(name.startsWith(REFERENCE)
    ? [
        {
          action: "secretsmanager:GetSecretValue",
          resource: secretResource(name.slice(REFERENCE.length).replace(/:.*/, ""), call),
        },
      ]
    : []),
]

const pathNeeds = (path: string, call: CheckedCall): ReadonlyArray<Need> => {
  const whole = parameterResource(path.replace(/\/$/, ""), call)
  const below = `${whole.replace(/\/$/, "")}/any/thing`
  return [whole, below].map((resource) => ({ action: "ssm:GetParametersByPath", resource }))
}

const tableResource = (table: string, { account, region }: CheckedCall): string =>
  table.startsWith("arn:") ? table : `arn:aws:dynamodb:${region}:${account}:table/${table}`

/** All that a call needs. */
export const needsOf = (call: CheckedCall): ReadonlyArray<Need> => {
  const { account, names, operation, region } = call
  switch (operation) {
    case "GetParameter":
    case "GetParameters":
      return names.flatMap((name) => parameterNeeds(`ssm:${operation}`, name, call))
    case "GetParametersByPath":
      return names.flatMap((path) => pathNeeds(path, call))
    case "GetSecretValue":
      return names.map((id) => ({
        action: "secretsmanager:GetSecretValue",
        resource: secretResource(id, call),
      }))
    case "BatchGetSecretValue":
      return [
        { action: "secretsmanager:BatchGetSecretValue", resource: "*" },
        ...names.map((id) => ({
          action: "secretsmanager:GetSecretValue",
          resource: secretResource(id, call),
        })),
      ]
    case "GetItem":
    case "BatchGetItem":
      return names.map((table) => ({ action: `dynamodb:${operation}`, resource: tableResource(table, call) }))
    case "StartConfigurationSession":
    case "GetLatestConfiguration": {
      const [application = "", environment = "", profile = ""] = names
      const path = `application/${application}/environment/${environment}/configuration/${profile}`
      return [
        { action: `appconfig:${operation}`, resource: `arn:aws:appconfig:${region}:${account}:${path}` },
      ]
    }
    case "BeginTransaction":
    case "ExecuteStatement":
    case "RollbackTransaction": {
      const [cluster = "", secret = ""] = names
      return [
        { action: `rds-data:${operation}`, resource: cluster },
        // The Data API reads it in the name of the caller.
        { action: "secretsmanager:GetSecretValue", resource: secret },
      ]
    }
    case "AssumeRole":
      return names.map((role) => ({ action: "sts:AssumeRole", resource: role }))
    default:
      throw new Error(`no permissions are known for ${operation}`)
  }
}

/**
 * Parameters in the documents.
 */
import * as Schema from "effect/Schema"
import type { AddressOf } from "../../domain/Address.ts"
import { parseArn } from "../arn.ts"
import type { Contract, Grant, GrantContext } from "../Contract.ts"
import { secretArn } from "../secrets/contract.ts"
import { SECRET_REFERENCE } from "./address.ts"
import type { query } from "./query.ts"
import { section } from "./section.ts"

/** All parameters below a path. */
const ParametersOfPath = Schema.Record(Schema.String, Schema.String).annotate({
  identifier: "ParametersOfPath",
  description: "All parameters below a path by their full names, sorted.",
  examples: [{ "/app/prod/db-url": "postgres://db", "/app/prod/level": "info" }],
})

/** The prefix of AWS's own parameters, which belong to no account. */
const AWS_OWN = "/aws/"

/**
 * The resource of a parameter, of a path, or of everything below one.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
const parameterArn = (name: string, { account, partition, region }: GrantContext): string => {
  const arn = parseArn(name)
  if (arn !== undefined) return name
  const owner = name.startsWith(AWS_OWN) && !name.startsWith(SECRET_REFERENCE) ? "" : account
  return `arn:${partition}:ssm:${region}:${owner}:parameter/${name.replace(/^\//, "")}`
}

const READ = "ssm:GetParameter"
const READ_SEVERAL = "ssm:GetParameters"

/** The secret behind a reference: the id, without the version behind it. */
const referredSecret = (reference: string): string => {
  const id = reference.slice(SECRET_REFERENCE.length)
  return parseArn(id) === undefined ? (id.split(":", 1)[0] ?? "") : id
}

const namedGrants = (name: string, context: GrantContext): ReadonlyArray<Grant> => {
  const isReference = name.startsWith(SECRET_REFERENCE)
  const split = section.splitName(name)
  const base = isReference ? SECRET_REFERENCE + referredSecret(name) : (split?.[0] ?? name)
  const resources = [parameterArn(base, context)]
  return [
    { actions: [READ], resources },
    // Functions may ask for several versions of one parameter at once, unless the name has a version.
    { actions: [READ_SEVERAL], resources, batch: "", hasVersions: split === undefined },
    ...(isReference
      ? [
          {
            actions: ["secretsmanager:GetSecretValue"],
            resources: [secretArn(referredSecret(name), context)],
          },
        ]
      : []),
  ]
}

/** A path is read as a whole. A name below it may be asked for before the path is there, or in another version. */
const pathGrants = (path: string, context: GrantContext): ReadonlyArray<Grant> => {
  const whole = parameterArn(path.replace(/\/$/, ""), context)
  const below = `${whole.replace(/\/$/, "")}/*`
  return [
    {
      actions: ["ssm:GetParametersByPath"],
      resources: below.includes(":parameter/*") ? [below] : [whole, below],
    },
    { actions: [READ], resources: [below] },
    { actions: [READ_SEVERAL], resources: [below], batch: "", hasVersions: true },
  ]
}

export const contract: Contract<typeof query, AddressOf<"parameters">> = {
  id: "Parameters",
  plural: "parameters",
  title: "Parameters of Parameter Store",
  name: { description: "The name of a parameter", example: "/app/prod/db-url" },
  path: {
    description: "Instead of name: all parameters below this path, as one object.",
    example: "/app/prod",
    body: ParametersOfPath,
  },
  selectors: {
    version: { description: "The number of a version. Not with label or path.", example: "3" },
    label: { description: "The label of a version. Not with version or path.", example: "live" },
  },
  forms: {
    description: "list: a StringList as a JSON array. Not with json or path.",
    example: "list",
  },
  answer:
    "As text: the parameter's value, which may be empty, or a field of it that is a string. As JSON: another field, a list, several names, or a path.",
  permissions: [
    {
      listed: "`parameters`",
      actions: "`ssm:GetParameter`, and `ssm:GetParameters` for several",
      on: "`arn:aws:ssm:<region>:<account>:parameter/<name>`; the name without its first slash",
    },
    {
      listed: "`parameters` with `paths`",
      actions: "`ssm:GetParametersByPath`; for names below it, the two above",
      on: "`arn:aws:ssm:<region>:<account>:parameter/<path>`, the path without its first and last slash, and the same with `/*` appended",
    },
    {
      listed: "a reference `/aws/reference/secretsmanager/<id>`",
      actions:
        "the same on `parameter/aws/reference/secretsmanager/<id>`, and `secretsmanager:GetSecretValue`",
      on: "the secret",
    },
  ],
  grants: (address, context) =>
    "path" in address ? pathGrants(address.path, context) : namedGrants(address.name, context),
}

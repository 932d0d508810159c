/**
 * Parameters in the documents.
 */
import * as Schema from "effect/Schema"
import type { Contract } from "../Contract.ts"
import type { query } from "./query.ts"

/** All parameters below a path. */
const ParametersOfPath = Schema.Record(Schema.String, Schema.String).annotate({
  identifier: "ParametersOfPath",
  description: "All parameters below a path by their full names, sorted.",
  examples: [{ "/app/prod/db-url": "postgres://db", "/app/prod/level": "info" }],
})

export const contract: Contract<typeof query> = {
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
  answer:
    "As text: the parameter's value, which may be empty, or a field of it that is a string. As JSON: another field, several names, or a path.",
  permissions: [
    {
      listed: "`parameters`",
      actions: "`ssm:GetParameter`, and `ssm:GetParameters` for several",
      on: "`arn:aws:ssm:<region>:<account>:parameter/<name>`; the name without its first slash",
    },
    {
      listed: "`parameters` with `paths`",
      actions: "`ssm:GetParametersByPath`",
      on: "`arn:aws:ssm:<region>:<account>:parameter/<path>`, the path without its first and last slash, and the same with `/*` appended",
    },
    {
      listed: "a reference `/aws/reference/secretsmanager/<id>`",
      actions:
        "the same on `parameter/aws/reference/secretsmanager/<id>`, and `secretsmanager:GetSecretValue`",
      on: "the secret",
    },
  ],
}

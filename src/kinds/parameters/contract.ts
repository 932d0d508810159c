/**
 * Parameters in the OpenAPI document.
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
}

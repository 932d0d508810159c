/**
 * The section `sql`: results of SQL statements, each by a name of the user's own.
 *
 * A statement is sent to a cluster through the RDS Data API, in a read-only transaction. Only listed names can be requested,
 * because a name alone says nothing about the statement.
 */
import { quoteText } from "../../config/yaml/ConfigInvalid.ts"
import { isMapping, type YamlValue } from "../../config/yaml/YamlDocument.ts"
import type { Decoded } from "../../config/fields/Field.ts"
import * as fields from "../../config/fields/fields.ts"
import { policyFields, sharedField } from "../../config/fields/policies.ts"
import { accessFields, regionRule, resolveAccess } from "../access.ts"
import { defineSection, type ItemFault, type ListedText, type WrittenItem } from "../Section.ts"
import { PARAMETER_TYPES, type ParameterType, type QueryParameter } from "./address.ts"
import { clusterFault, databaseFault, secretArnFault } from "./database.ts"
import { parameterNameFault, valueFault } from "./parameter.ts"
import { parametersIn, statementFault } from "./statement.ts"

const STATEMENT_ALLOWED = "one SQL statement that reads"

const parameterField = fields.mapping(
  {
    name: fields.named(
      "Its name, without the colon that it has in the statement.",
      "a name",
      parameterNameFault,
    ),
    value: fields.optional(
      fields.text("Its value, as written. Absent: the empty text, or NULL if the type is null.", "a text"),
    ),
    type: fields.optional(fields.word("Its type. Default string.", PARAMETER_TYPES)),
  },
  "A parameter of the statement.",
)

const item = fields.mapping(
  {
    name: fields.ownName("A name of your own: what functions ask for, GET /sql?name=<name>."),
    resource_arn: fields.named("The ARN of the cluster.", "the ARN of a cluster", clusterFault),
    secret_arn: fields.named(
      "The ARN of the secret with the database user and password.",
      "the ARN of a secret",
      secretArnFault,
    ),
    database: fields.optional(
      fields.named("The database. Default: the cluster's own.", "the name of a database", databaseFault),
    ),
    // Blanks around it, line breaks and tabs are part of SQL.
    statement: fields.value(
      "The SQL statement, with parameters such as :state.",
      STATEMENT_ALLOWED,
      statementFault,
    ),
    parameters: fields.optional(
      fields.list(parameterField, "The parameters of the statement.", "a list of parameters"),
    ),
    max_rows: fields.optional(
      fields.count(
        "The most rows that a result may have. A larger result is an error. Default: any number. The Data API returns at most 1 MiB.",
      ),
    ),
    ...accessFields,
    ...policyFields,
    ...sharedField,
  },
  "The result of one statement.",
)

const ARNS = ["resource_arn", "secret_arn"] as const

const arnsOf = ({ values }: WrittenItem): ReadonlyArray<ListedText> =>
  ARNS.flatMap((key) => {
    const { [key]: text } = values
    return typeof text === "string" ? [{ text, path: [key] }] : []
  })

const isParameterType = (type: YamlValue | undefined): type is ParameterType =>
  PARAMETER_TYPES.some((each) => each === type)

/** The parameters as written; undefined if one is not what a parameter may be, which the fields report. */
const writtenParameters = (parameters: YamlValue): ReadonlyArray<QueryParameter> | undefined => {
  if (!Array.isArray(parameters)) return undefined
  const read = parameters.flatMap((parameter: YamlValue): ReadonlyArray<QueryParameter> => {
    if (!isMapping(parameter)) return []
    const { name, type = "string", value = "" } = parameter
    if (typeof name !== "string" || typeof value !== "string" || !isParameterType(type)) return []
    return parameterNameFault(name) === undefined ? [{ name, type, value }] : []
  })
  return read.length === parameters.length ? read : undefined
}

/** The faults of parameters that no single key shows: duplicates, values of the wrong type, names that the statement lacks. */
const parametersRule = ({ values }: WrittenItem): ReadonlyArray<ItemFault> => {
  const { parameters = [], statement } = values
  const written = writtenParameters(parameters)
  if (typeof statement !== "string" || statementFault(statement) !== undefined || written === undefined)
    return []
  const used = parametersIn(statement)
  const names = written.map(({ name }) => name)
  const faults = written.flatMap(({ name, type, value }, index): ReadonlyArray<ItemFault> => {
    const path = ["parameters", index]
    const faultOfName = (allowed: string) => [{ path: [...path, "name"], found: quoteText(name), allowed }]
    if (names.indexOf(name) < index) return faultOfName("each parameter once")
    if (!used.includes(name)) return faultOfName(`a parameter of the statement, as in :${name}`)
    const allowed = valueFault(type, value)
    return allowed === undefined ? [] : [{ path: [...path, "value"], found: quoteText(value), allowed }]
  })
  const missing = used.filter((name) => !names.includes(name))
  if (missing.length === 0) return faults
  const allowed = `values for ${missing.map((name) => `:${name}`).join(", ")}`
  return [...faults, { path: ["parameters"], found: "nothing", allowed }]
}

const parametersOf = (
  parameters: NonNullable<Decoded<typeof item>["parameters"]>,
): ReadonlyArray<QueryParameter> =>
  parameters.map(({ name, type = "string", value = "" }) => ({ name, type, value }))

export const section = defineSection({
  kind: "sql",
  description: "Results of SQL statements, through the RDS Data API.",
  item,
  rules: (written, context) => [
    ...parametersRule(written),
    ...regionRule(written, arnsOf(written), context.region),
  ],
  drafts: (item, path, context) => {
    const access = resolveAccess(item, item.resource_arn, context.region)
    if (access === undefined) return [] // `regionRule` has reported it.
    return [
      {
        name: item.name,
        address: {
          kind: "sql",
          ...access,
          resourceArn: item.resource_arn,
          secretArn: item.secret_arn,
          ...(item.database === undefined ? {} : { database: item.database }),
          statement: item.statement,
          parameters: parametersOf(item.parameters ?? []),
          ...(item.max_rows === undefined ? {} : { maxRows: item.max_rows }),
        },
        policy: item,
        path: [...path, "name"],
      },
    ]
  },
})

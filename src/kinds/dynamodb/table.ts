/**
 * The tables (name or ARN) and key attribute names that DynamoDB accepts. Key values are in `keyValues.ts`. Pure.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
import {
  characterFault,
  firstFault,
  type Grammar,
  lengthFault,
  textFault,
} from "../../config/fields/grammar.ts"
import { arnFault, type ArnRules, isArn } from "../arn.ts"

const MIN_LENGTH = 3
const MAX_LENGTH = 255
/** KeySchemaElement: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_KeySchemaElement.html */
const MAX_ATTRIBUTE_LENGTH = 255

const SYMBOL = /^[a-zA-Z0-9_.-]$/

/** Why a text is not the name of a table, or of an index. */
export const tableNameFault: Grammar = (name) =>
  firstFault(name, [
    (text) => characterFault(text, SYMBOL),
    (text) => (text.length < MIN_LENGTH ? `it has fewer than ${MIN_LENGTH} characters` : undefined),
    (text) => lengthFault(text, MAX_LENGTH),
  ])

const RESOURCE = "table/"

/** Resources whose ARN begins with that of their table. */
const PARTS: Readonly<Record<string, string>> = {
  index: "an index",
  stream: "a stream",
  backup: "a backup",
  export: "an export",
  import: "an import",
}

const ARN_RULES: ArnRules = {
  service: "dynamodb",
  example: "arn:aws:dynamodb:us-west-2:123456789012:table/Orders",
  resourceFault: (resource) => {
    if (!resource.startsWith(RESOURCE)) return "it is not the ARN of a table"
    const [name = "", part] = resource.slice(RESOURCE.length).split("/", 2)
    if (part === undefined) return tableNameFault(name)
    return `it is the ARN of ${PARTS[part] ?? "something of the table"}, not of the table`
  },
}

/** Why a text is not a valid table. */
export const tableFault: Grammar = (text) =>
  textFault(text) ?? (isArn(text) ? arnFault(text, ARN_RULES) : tableNameFault(text))

/** Why a text is not a valid attribute name. Any characters are allowed. */
export const attributeFault: Grammar = (text) => textFault(text) ?? lengthFault(text, MAX_ATTRIBUTE_LENGTH)

/**
 * Reads sam/template.yaml for tests: its resources as data, with CloudFormation's functions resolved as a deployment
 * with the default parameters would resolve them.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import * as Predicate from "effect/Predicate"
import { parse, type ScalarTag, type CollectionTag } from "yaml"

export const ROOT = path.resolve(import.meta.dirname, "../..")
export const SAM = path.join(ROOT, "sam")
export const TEMPLATE = path.join(SAM, "template.yaml")

export const ACCOUNT = "123456789012"
export const REGION = "us-west-2"

export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly Metadata?: unknown
  readonly Condition?: string
}

export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default?: unknown; readonly NoEcho?: boolean }>>
  readonly Globals: { readonly Function: Readonly<Record<string, unknown>> }
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown; readonly Condition?: string }>>
}

const scalar = (tag: string, name: string): ScalarTag => ({
  tag,
  resolve: (text: string) => ({ [name]: text }),
})
const sequence = (tag: string, name: string): CollectionTag => ({
  tag,
  collection: "seq",
  resolve: (node) => ({ [name]: JSON.parse(JSON.stringify(node)) as unknown }),
})

const TAGS = [
  scalar("!Ref", "Ref"),
  scalar("!Sub", "Fn::Sub"),
  scalar("!GetAtt", "Fn::GetAtt"),
  scalar("!Condition", "Condition"),
  sequence("!If", "Fn::If"),
  sequence("!Equals", "Fn::Equals"),
  sequence("!Not", "Fn::Not"),
]

/** The text of a template as data; `!Ref x` becomes `{ Ref: "x" }` and so on. */
export const readTemplate = (text = readFileSync(TEMPLATE, "utf8")): Template =>
  parse(text, { customTags: TAGS }) as Template

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`

/** What `!Ref` and `!GetAtt x.Arn` give of the resources that policies speak of. */
const references = (template: Template): Readonly<Record<string, string>> => ({
  "AWS::Partition": "aws",
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
  "AWS::StackName": "sample",
  ...Object.fromEntries(
    Object.entries(template.Parameters).map(([name, { Default }]) => [name, String(Default)]),
  ),
  Parameter1: "CacheExtensions_Parameter1",
  SecretInfo: arn("secretsmanager", "secret:secret_info-AbCdEf"),
  Table: "DynamoDbTable",
  "Table.Arn": arn("dynamodb", "table/DynamoDbTable"),
  "NodeLogGroup.Arn": arn("logs", "log-group:/aws/lambda/sample-node:*"),
  "PythonLogGroup.Arn": arn("logs", "log-group:/aws/lambda/sample-python:*"),
  "SeedLogGroup.Arn": arn("logs", "log-group:/aws/lambda/sample-seed:*"),
})

/** The text of a value that may be `!Ref`, `!Sub` or `!GetAtt`; throws where it is none of them, or unknown. */
export const textOf = (template: Template, value: unknown): string => {
  const known = references(template)
  const look = (name: unknown): string => {
    const text = typeof name === "string" ? known[name] : undefined
    if (text === undefined)
      throw new Error(`the template refers to ${String(name)}, which the tests do not know`)
    return text
  }
  if (Predicate.hasProperty(value, "Ref")) return look(value.Ref)
  if (Predicate.hasProperty(value, "Fn::GetAtt")) return look(value["Fn::GetAtt"])
  if (Predicate.hasProperty(value, "Fn::Sub")) {
    return String(value["Fn::Sub"]).replace(/\$\{([^}]+)\}/g, (_, name) => look(name))
  }
  return String(value)
}

interface Statement {
  readonly Effect: string
  readonly Action: string | ReadonlyArray<string>
  readonly Resource: unknown
}

interface RoleProperties {
  readonly ManagedPolicyArns?: ReadonlyArray<string>
  readonly Policies: ReadonlyArray<{
    readonly PolicyDocument: { readonly Statement: ReadonlyArray<Statement> }
  }>
}

/** The properties of a resource; throws where there is none of that name. */
export const propertiesOf = (template: Template, id: string): Resource["Properties"] => {
  const resource = template.Resources[id]
  if (resource === undefined) throw new Error(`the template has no resource ${id}`)
  return resource.Properties
}

const many = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [value])

export const resourcesOf = (template: Template, type: string): ReadonlyArray<readonly [string, Resource]> =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type)

/** What a role allows: each action with each resource, as `action resource`. */
export const allowedBy = (template: Template, role: string): ReadonlyArray<string> => {
  const properties = propertiesOf(template, role) as unknown as RoleProperties
  return properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).flatMap(
    ({ Action, Resource }) =>
      many(Action).flatMap((action) =>
        many(Resource).map((resource) => `${String(action)} ${textOf(template, resource)}`),
      ),
  )
}

/** Of a function as deployed: its properties over those that all functions share. */
export const functionOf = (template: Template, id: string): Readonly<Record<string, unknown>> => ({
  ...template.Globals.Function,
  ...propertiesOf(template, id),
})

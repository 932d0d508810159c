/**
 * The arguments of resources of Terraform's provider for AWS, from the types that CDK for Terraform generated of its schema. The
 * stand-in for the provider (terraformProvider/) is made of them, so that Terraform refuses an argument that the real one lacks.
 */
import { execFileSync } from "node:child_process"
import { PROVIDER_ARCHIVE } from "./packages.ts"

interface Attribute {
  readonly Type: string
  readonly Required?: boolean
  readonly Computed?: boolean
}

interface Block {
  readonly Attributes: Readonly<Record<string, Attribute>>
  readonly Blocks: Readonly<Record<string, Block>>
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The kind of a type in the generated code; undefined for an object of its own. */
const typeOf = (type: string): string | undefined => {
  if (/^\{\s*\[key: string\]: string;\s*\}$/.test(type)) return "map"
  return (
    { string: "string", number: "number", "string[]": "strings" }[type] ??
    (type.startsWith("boolean") ? "bool" : undefined)
  )
}

/** What stands between the braces of an interface. */
const bodyOf = (text: string, name: string): string => {
  const start = text.search(new RegExp(`^export interface ${name} `, "m"))
  if (start < 0) throw new Error(`there is no interface ${name}`)
  return text.slice(text.indexOf("{\n", start) + 2, text.indexOf("\n}", start))
}

const FIELD = /^ {4}readonly (\w+)(\??): ((?:\{[^}]*\}|[^;{])+);/gm

const blockOf = (text: string, name: string): Block => {
  const fields = Array.from(bodyOf(text, name).matchAll(FIELD), ([, field = "", optional, type = ""]) => ({
    name: snake(field),
    type: typeOf(type.trim()),
    nested: /^(\w+?)(?:\[\]|$)/.exec(type.trim())?.[1] ?? "",
    isRequired: optional === "",
  }))
  return {
    Attributes: Object.fromEntries(
      fields.flatMap((field) =>
        field.type === undefined ? [] : [[field.name, { Type: field.type, Required: field.isRequired }]],
      ),
    ),
    Blocks: Object.fromEntries(
      fields.flatMap((field) =>
        field.type === undefined ? [[field.name, blockOf(text, field.nested)]] : [],
      ),
    ),
  }
}

/** What only the provider sets: the getters of the resource's class that are no arguments. */
const computedIn = (
  text: string,
  argumentNames: ReadonlyArray<string>,
): Readonly<Record<string, Attribute>> => {
  const body = text.slice(
    text.search(/^export declare class \w+ extends cdktf\.Terraform(?:Resource|DataSource)/m),
  )
  const getters = Array.from(
    body.matchAll(/^ {4}get (\w+)\(\): (string|number);/gm),
    ([, name = "", Type = ""]) => ({ name, Type }),
  )
  return Object.fromEntries(
    getters
      .filter(({ name }) => name === "id" || !argumentNames.includes(snake(name)))
      .map(({ name, Type }) => [snake(name), { Type, Computed: true }]),
  )
}

/** A resource or data source by its folder, such as `lambda-layer-version` or `data-aws-region`. */
const schemaOf = (folder: string): Block => {
  const text = execFileSync("tar", ["xzOf", PROVIDER_ARCHIVE, `package/lib/${folder}/index.d.ts`], {
    encoding: "utf8",
  })
  const name = /^export interface (\w+Config) extends cdktf\.TerraformMetaArguments/m.exec(text)?.[1] ?? ""
  const { Attributes, Blocks } = blockOf(text, name)
  return { Attributes: { ...Attributes, ...computedIn(text, Object.keys(Attributes)) }, Blocks }
}

/** The resources and data sources with these names, as the stand-in reads them. */
export const providerSchema = (resources: ReadonlyArray<string>, data: ReadonlyArray<string>) => {
  const folderOf = (name: string) => name.replaceAll("_", "-")
  return {
    Resources: Object.fromEntries(
      resources.map((name) => [name, schemaOf(folderOf(name.replace("aws_", "")))]),
    ),
    Data: Object.fromEntries(data.map((name) => [name, schemaOf(`data-${folderOf(name)}`)])),
  }
}

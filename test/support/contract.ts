/**
 * Checks responses against the committed OpenAPI document: status, media type, headers and body must be declared for the
 * request.
 *
 * Ajv validates the schemas, independently of the code that generated them.
 */
import type http from "node:http"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Result } from "effect"
import openapi from "../../schema/openapi.json" with { type: "json" }

interface Parameter {
  readonly name: string
  readonly in: string
  readonly description?: string
  readonly schema: object
}

interface Header {
  readonly required?: boolean
  readonly schema: object
}

interface DeclaredResponse {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
  readonly headers?: Readonly<Record<string, Header>>
}

export interface Operation {
  readonly path: string
  /** In capitals. */
  readonly method: string
  readonly summary?: string
  readonly parameters?: ReadonlyArray<object>
  readonly responses: Readonly<Record<string, object>>
}

/** The parts of an answer that the contract speaks of. */
export interface Answered {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** Every operation that is declared. */
export const operations: ReadonlyArray<Operation> = Object.entries(openapi.paths).flatMap(([path, item]) =>
  Object.entries(item as Readonly<Record<string, Omit<Operation, "path" | "method">>>).map(
    ([method, operation]) => Object.assign({ path, method: method.toUpperCase() }, operation),
  ),
)

const at = (pointer: string): unknown =>
  pointer
    .slice("#/".length)
    .split("/")
    .reduce<unknown>((node, key) => Object(node)[key], openapi)

/** What a reference leads to, or what stands there itself. */
const resolve = <A>(part: object): A => ("$ref" in part ? at(String(part.$ref)) : part) as A

export const parametersOf = ({ parameters = [] }: Operation): ReadonlyArray<Parameter> =>
  parameters.map((parameter) => resolve<Parameter>(parameter))

/** The operation of a method and path (or URL), if it is declared. */
const operationOf = (method: string, url: string): Operation | undefined => {
  const [path] = url.split("?", 1)
  return operations.find((one) => one.method === method && one.path === path)
}

const hasPath = (url: string): boolean => operations.some(({ path }) => path === url.split("?", 1)[0])

/** What is declared for requests that no operation is about. */
const { NoSuchMethod, NoSuchPath } = openapi.components.responses

/** What any request may be refused with, before it is looked at what it is about. */
const REFUSALS = new Set([400, 403, 429, 431, 500])

const refusalFor = (method: string, status: number): object | undefined =>
  REFUSALS.has(status)
    ? operationOf(method === "HEAD" ? "HEAD" : "GET", "/health")?.responses[String(status)]
    : undefined

/** What is declared for a status in answer to a request that no operation is about. */
const outsideFor = (method: string, url: string, status: number): object | undefined => {
  if (operationOf(method, url) !== undefined) return undefined
  if (status === 404 && !hasPath(url)) return NoSuchPath
  if (status === 405 && hasPath(url)) return NoSuchMethod
  return refusalFor(method, status)
}

/** What is declared for a status in answer to a request. */
const declaredFor = (method: string, url: string, status: number): DeclaredResponse | undefined => {
  const response = operationOf(method, url)?.responses[String(status)] ?? outsideFor(method, url, status)
  return response === undefined ? undefined : resolve<DeclaredResponse>(response)
}

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { "date-time": true, binary: true } })
ajv.addSchema(openapi, "contract")

/** References within a schema of the document lead into the document. */
const absolute = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"contract#/components')) as object

const validators = new WeakMap<object, (data: unknown) => ReadonlyArray<string>>()

const faultsBy = (schema: object): ((data: unknown) => ReadonlyArray<string>) => {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const validate = ajv.compile(absolute(schema))
  const made = (data: unknown) =>
    validate(data) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  validators.set(schema, made)
  return made
}

const faultsOfHeaders = (declared: DeclaredResponse, headers: http.IncomingHttpHeaders) =>
  Object.entries(declared.headers ?? {}).flatMap(([name, part]) => {
    const header = resolve<Header>(part)
    const value = headers[name]
    if (value === undefined) return header.required === true ? [`the header ${name} is missing`] : []
    return faultsBy(header.schema)(value).map((fault) => `the header ${name} is ${String(value)}: ${fault}`)
  })

/** The body as data: that of its JSON where the media type says so. */
const dataOf = (mediaType: string, text: string): Result.Result<unknown, string> =>
  /[/+]json$/.test(mediaType)
    ? Result.try({ try: (): unknown => JSON.parse(text), catch: () => "the body is no JSON" })
    : Result.succeed(text)

const faultsOfBody = (declared: DeclaredResponse, { headers, text }: Answered): ReadonlyArray<string> => {
  const { content } = declared
  if (content === undefined) return text === "" ? [] : ["there is a body, and none is declared"]
  const [mediaType = ""] = (headers["content-type"] ?? "").split(";", 1)
  const media = content[mediaType] ?? content["*/*"]
  if (media === undefined) return [`the media type ${mediaType} is not declared`]
  return Result.match(dataOf(mediaType, text), {
    onSuccess: (data) => faultsBy(media.schema)(data).map((fault) => `the body${fault}`),
    onFailure: (fault) => [fault],
  })
}

/** The environment is shutting down: no more than this status is promised. */
const isClosing = ({ status, text }: Answered): boolean => status === 503 && text === ""

/** How an answer differs from what is declared for its request; nothing: it does not. */
export const faultsOf = (method: string, url: string, answer: Answered): ReadonlyArray<string> => {
  const declared = declaredFor(method, url, answer.status)
  if (declared === undefined) return [`the status ${answer.status} is not declared`]
  if (isClosing(answer)) return []
  // No answer to HEAD has a body, also where the contract has one response for all methods.
  const body = method === "HEAD" ? faultsOfBody({}, answer) : faultsOfBody(declared, answer)
  return [...faultsOfHeaders(declared, answer.headers), ...body]
}

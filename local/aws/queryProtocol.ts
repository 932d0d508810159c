/**
 * The query protocol of STS: a request is a form, an answer is XML.
 *
 * `protocol.ts` uses it for STS. Pure. Example of a request and its answer:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import * as Predicate from "effect/Predicate"

export const FORM = "application/x-www-form-urlencoded"
export const XML = "text/xml"

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

/** The operation and the input in a form; undefined if it has no `Action`. */
export const parseForm = (
  body: string,
): { readonly operation: string; readonly input: Record<string, string> } | undefined => {
  const { Action, Version: _, ...input } = Object.fromEntries(new URLSearchParams(body))
  return Action === undefined ? undefined : { operation: Action, input }
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/** Elements of XML, one for each member. */
export const elements = (content: object): string =>
  Object.entries(content)
    .map(([name, value]) => {
      const inner = Predicate.isObject(value) ? elements(value) : escape(String(value))
      return `<${name}>${inner}</${name}>`
    })
    .join("")

export const resultXml = (operation: string, requestId: string, result: object): string =>
  `<${operation}Response xmlns="${NAMESPACE}">${elements({
    [`${operation}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  })}</${operation}Response>`

export const errorXml = (requestId: string, code: string, message: string): string =>
  `<ErrorResponse xmlns="${NAMESPACE}">${elements({
    Error: { Type: "Sender", Code: code, Message: message },
    RequestId: requestId,
  })}</ErrorResponse>`

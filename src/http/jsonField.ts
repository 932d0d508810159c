/**
 * One field of a value that is JSON text, cut out of the text as it is written: a number keeps all its digits,
 * which `JSON.parse` would lose (an item's have up to 38).
 *
 * Loaded with the first request that asks for a field. RFC 8259 (JSON), RFC 6901 (JSON Pointer).
 */
import * as Result from "effect/Result"
import { type Node, parseTree } from "jsonc-parser"

/** A field, ready to be served: a string as the text it stands for, anything else as its JSON. */
export interface Field {
  readonly body: string
  readonly isJson: boolean
}

/** RFC 6901, section 4: digits without a leading zero. `-`, the element behind the last, never exists. */
const INDEX = /^(?:0|[1-9]\d*)$/

const elementOf = ({ children = [] }: Node, token: string): Node | undefined =>
  INDEX.test(token) ? children[Number(token)] : undefined

/** Of members with the same name the last one counts, as in every parser that programs use. */
const memberOf = ({ children = [] }: Node, token: string): Node | undefined =>
  children.findLast(({ children: [key] = [] }) => key?.value === token)?.children?.[1]

const childOf = (node: Node, token: string): Node | undefined => {
  switch (node.type) {
    case "array":
      return elementOf(node, token)
    case "object":
      return memberOf(node, token)
    default:
      return undefined
  }
}

/** `JSON.parse` decides what is JSON: the tree's parser takes more, and gives up in its own way on very deep texts. */
const treeOf = (text: string): Node | undefined =>
  Result.getOrUndefined(
    Result.try(() => {
      JSON.parse(text)
      return parseTree(text)
    }),
  )

const pointerOf = (tokens: ReadonlyArray<string>): string =>
  tokens.map((token) => `/${token.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

/** The field that the tokens of a JSON pointer lead to, or why there is none. The reason shows nothing of the text. */
export const fieldAt = (text: string, tokens: ReadonlyArray<string>): Result.Result<Field, string> => {
  const root = treeOf(text)
  if (root === undefined) return Result.fail("the value is no JSON text")

  const node = tokens.reduce<Node | undefined>((at, token) => at && childOf(at, token), root)
  if (node === undefined) return Result.fail(`the value has nothing at ${JSON.stringify(pointerOf(tokens))}`)
  return Result.succeed(
    node.type === "string"
      ? { body: String(node.value), isJson: false }
      : { body: text.slice(node.offset, node.offset + node.length), isJson: true },
  )
}

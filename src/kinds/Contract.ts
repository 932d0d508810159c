/**
 * What the OpenAPI document says of a kind beside what follows from its query: names, words and the bodies of answers.
 *
 * No layer has it: `http/api` makes the document of it when the project is built.
 */
import type * as Schema from "effect/Schema"
import type { Query } from "./Kind.ts"

/** A key of a query, for readers. */
export interface Words {
  readonly description: string
  readonly example: string
}

export interface Contract<Q extends Query = Query> {
  /** The end of the names of operations: `getParameters` has `Parameters`. */
  readonly id: string
  /** As in "Read parameters". */
  readonly plural: string
  readonly title: string
  readonly name: Words
  /** For a kind with paths: the key, and the answer to it. */
  readonly path?: Words & { readonly body: Schema.Top }
  readonly selectors: { readonly [S in keyof Q["selectors"]]: Words }
  /** What a read that succeeds is answered with, in which form. */
  readonly answer: string
  /** A value, where values are JSON. */
  readonly value?: Schema.Top
  /** What a value may be beside text and JSON. */
  readonly otherMediaType?: string
}

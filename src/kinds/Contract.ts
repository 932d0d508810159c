/**
 * What the OpenAPI document says about a kind in addition to its query: names, descriptions and the bodies of responses.
 *
 * Layers leave it out: `http/api` makes the document from it when the project is built.
 */
import type * as Schema from "effect/Schema"
import type { QueryRules } from "./Kind.ts"

/** The description of a query key. */
export interface KeyDescription {
  readonly description: string
  readonly example: string
}

export interface Contract<Q extends QueryRules = QueryRules> {
  /** The end of operation names: `Parameters` in `getParameters`. */
  readonly id: string
  /** As in "Read parameters". */
  readonly plural: string
  readonly title: string
  readonly name: KeyDescription
  /** For a kind with paths: the key of a path, and the body of the response. */
  readonly path?: KeyDescription & { readonly body: Schema.Top }
  readonly selectors: { readonly [S in keyof Q["selectors"]]: KeyDescription }
  /** The description of a successful response. */
  readonly answer: string
  /** The Schema of a value, if values are JSON. */
  readonly value?: Schema.Top
  /** The media type of values that are neither text nor JSON. */
  readonly otherMediaType?: string
}

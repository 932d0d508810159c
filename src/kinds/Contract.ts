/**
 * What the documents say about a kind: in the OpenAPI document, names, descriptions and the bodies of responses in
 * addition to its query; in docs/deploy.md, the permissions that its calls need.
 *
 * Layers leave it out: `npm run generate` makes the documents from it.
 */
import type * as Schema from "effect/Schema"
import type { QueryRules } from "./Kind.ts"

/** The description of a query key. */
export interface KeyDescription {
  readonly description: string
  readonly example: string
}

/** A row of the table of permissions in docs/deploy.md. Each text is Markdown. */
export interface Permission {
  /** What config.yaml lists. */
  readonly listed: string
  /** The IAM actions, as `service:Action`. */
  readonly actions: string
  readonly on: string
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
  /** None for a kind that calls no AWS service. */
  readonly permissions: ReadonlyArray<Permission>
}

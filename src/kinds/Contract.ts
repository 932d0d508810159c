/**
 * What the documents say about a kind: in the OpenAPI document, names, descriptions and the bodies of responses in
 * addition to its query; in docs/deploy.md, the permissions that its calls need; in an IAM policy, the same for each value.
 *
 * Layers leave it out: `npm run generate` makes the documents from it, the command `policy` the policies.
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

/** What the ARNs of resources are made of. A part may be a placeholder. */
export interface GrantContext {
  readonly partition: string
  readonly region: string
  readonly account: string
  /** The ids of resources whose ARNs have ids in place of names, by their names. */
  readonly ids: ReadonlyMap<string, string>
}

/** What the calls for a value need: all these actions, on all these resources. */
export interface Grant {
  /** As `service:Action`. */
  readonly actions: ReadonlyArray<string>
  /** ARNs, in which `*` and `?` stand for any characters and for one. */
  readonly resources: ReadonlyArray<string>
  /** If the call reads several values at once: those with the same text here can share it. */
  readonly batch?: string
  /** Whether such a call may be made although one value is listed: functions can ask for its versions, or for others. */
  readonly hasVersions?: boolean
}

export interface Contract<Q extends QueryRules = QueryRules, A = never> {
  /** The end of operation names: `Parameters` in `getParameters`. */
  readonly id: string
  /** As in "Read parameters". */
  readonly plural: string
  readonly title: string
  readonly name: KeyDescription
  /** For a kind with paths: the key of a path, and the body of the response. */
  readonly path?: KeyDescription & { readonly body: Schema.Top }
  readonly selectors: { readonly [S in keyof Q["selectors"]]: KeyDescription }
  /** For a kind whose query selects members. */
  readonly members?: KeyDescription
  /** For a kind whose values have other forms. */
  readonly forms?: KeyDescription
  /** The description of a successful response. */
  readonly answer: string
  /** The Schema of a value, if values are JSON. */
  readonly value?: Schema.Top
  /** The media type of values that are neither text nor JSON. */
  readonly otherMediaType?: string
  /** None for a kind that calls no AWS service. */
  readonly permissions: ReadonlyArray<Permission>
  /** The same for the value at an address, exactly. */
  readonly grants: (address: A, context: GrantContext) => ReadonlyArray<Grant>
}

/**
 * The kinds of sources, one line each. Everything that lists kinds derives from here: the sections of config.yaml and their
 * JSON Schema, the routes and their OpenAPI document, the client's types, the sources, the metrics.
 */
import * as Record from "effect/Record"
import type { Kind } from "../domain/Address.ts"
import type { KindDescription } from "./Kind.ts"
import type { Collections } from "./Section.ts"
import { appconfig } from "./appconfig/index.ts"
import { dynamodb } from "./dynamodb/index.ts"
import { http } from "./http/index.ts"
import { parameters } from "./parameters/index.ts"
import { s3 } from "./s3/index.ts"
import { secrets } from "./secrets/index.ts"
import { sql } from "./sql/index.ts"

/** In the order in which documents and messages name them. */
export const registry = {
  parameters,
  secrets,
  dynamodb,
  appconfig,
  s3,
  sql,
  http,
} satisfies { readonly [K in Kind]: KindDescription<K> }

/** The kinds by name. Pass a kind only addresses of its own: `kinds[address.kind].isSecret(address)`. */
export const kinds = registry as unknown as Readonly<Record<Kind, KindDescription<Kind>>>

export const KINDS: ReadonlyArray<Kind> = Record.keys(kinds)

/** The collections by their keys in config.yaml. */
export const COLLECTIONS: ReadonlyMap<string, Collections<Kind>> = new Map(
  KINDS.flatMap((kind) => {
    const { collections } = kinds[kind].section
    return collections === undefined ? [] : [[collections.key, collections] as const]
  }),
)

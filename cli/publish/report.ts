/**
 * What `publish` prints: a row per layer and region, as a table or as JSON. Pure.
 */
import type { Tree } from "../../scripts/trees.ts"
import { textTable } from "../table.ts"
import type { Published } from "./publishLayer.ts"

/** A layer, and where it was to be published. */
export interface Target {
  /** Undefined: the default credentials. */
  readonly profile: string | undefined
  /** Undefined if AWS did not accept the credentials. */
  readonly account: string | undefined
  readonly region: string
  readonly layer: Tree
}

export interface Row extends Target {
  /** In hexadecimal; absent if nothing was published because AWS did not accept the credentials. */
  readonly sha256?: string
  readonly outcome: Published | { readonly status: "failed"; readonly message: string }
}

const detailOf = ({ outcome }: Row): string => {
  switch (outcome.status) {
    case "failed":
      return outcome.message
    case "would publish":
      return outcome.via
    default:
      return outcome.arn
  }
}

const HEAD = ["account", "region", "layer", "status", "ARN"]

/** A table with a row for each target. */
export const tableOf = (rows: ReadonlyArray<Row>): string => {
  const cells = rows.map((row) => [
    row.account ?? row.profile ?? "unknown",
    row.region,
    row.layer,
    row.outcome.status,
    detailOf(row),
  ])
  return textTable([HEAD, ...cells], { gap: "  ", isNumeric: false })
}

/** The same for programs; docs/cli.md documents the keys. */
export const jsonOf = (rows: ReadonlyArray<Row>): string =>
  JSON.stringify(
    rows.map(({ account, layer, outcome, profile, region, sha256 }) => ({
      profile: profile ?? null,
      account: account ?? null,
      region,
      layer,
      sha256: sha256 ?? null,
      status: outcome.status,
      arn: "arn" in outcome ? outcome.arn : null,
      error: outcome.status === "failed" ? outcome.message : null,
    })),
    undefined,
    2,
  )

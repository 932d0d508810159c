/**
 * From config.yaml, or from plain counts, to the groups of values that the model of `cost` calculates with.
 */
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Kind } from "../../src/domain/Address.ts"
import { isQuery } from "../../src/kinds/dynamodb/address.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import type { Group } from "./model.ts"

const SECOND = 1_000

/** The values of a plan, grouped by kind and policy. A path counts as one value. `ttl`, in milliseconds, replaces all ttls. */
export const groupsOfPlan = ({ entries }: PlanShape, ttl: number | undefined): ReadonlyArray<Group> => {
  const groups = new Map<string, Group>()
  for (const { address, policy } of entries.values()) {
    const given = {
      kind: address.kind,
      ttl: (ttl ?? policy.ttl) / SECOND,
      isRefreshed: policy.staleWhileRevalidate > 0,
      ...("revalidate" in address ? { isDescribed: true } : {}),
      ...(address.kind === "dynamodb" && isQuery(address) ? { isAlone: true } : {}),
    }
    const key = JSON.stringify(given)
    groups.set(key, { ...given, count: (groups.get(key)?.count ?? 0) + 1 })
  }
  return [...groups.values()]
}

/** So many values of each kind, with one ttl in milliseconds. */
export const groupsOfCounts = (counts: Readonly<Record<Kind, number>>, ttl: number): ReadonlyArray<Group> =>
  KINDS.filter((kind) => counts[kind] > 0).map((kind) => ({
    kind,
    count: counts[kind],
    ttl: ttl / SECOND,
    isRefreshed: false,
  }))

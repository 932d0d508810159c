/**
 * Parameters of Parameter Store, and what lies below its paths.
 */
import { accessOf } from "../../domain/Address.ts"
import { defineKind } from "../Kind.ts"
import { SECRET_REFERENCE } from "./address.ts"
import { depthOf, isCovered, pathKey } from "./path.ts"
import { query } from "./query.ts"
import { PLAIN_IF, section } from "./section.ts"
import { SSM } from "./service.ts"

export const parameters = defineKind({
  kind: "parameters",
  service: { name: "Parameter Store", aws: SSM },
  section,
  query,
  isSecret: (address) => "name" in address && address.name.startsWith(SECRET_REFERENCE),
  mayBeSecret: true,
  plainIf: PLAIN_IF,
  paths: {
    pathOf: (address) => ("path" in address ? address.path : undefined),
    keyOf: pathKey,
    isBelow: (address, name) => "path" in address && isCovered(address, name),
    depthOf,
    addressOf: (access, path) => ({ kind: "parameters", ...access, path }),
    memberAt: (address, name) => ({
      kind: "parameters",
      ...accessOf(address),
      name: "label" in address && address.label !== undefined ? `${name}:${address.label}` : name,
    }),
  },
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/parameters.ts"),
})

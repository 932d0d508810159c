/**
 * Parameters of Parameter Store, and what lies below its paths.
 */
import { defineKind } from "../Kind.ts"
import { SECRET_REFERENCE } from "./address.ts"
import { depthOf, isBelow, pathKey } from "./path.ts"
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
    isBelow,
    depthOf,
    addressOf: (access, path) => ({ kind: "parameters", ...access, path }),
    memberAt: (access, name) => ({ kind: "parameters", ...access, name }),
  },
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/parameters.ts"),
})

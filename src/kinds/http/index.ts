/**
 * What URLs return: documents of the web, such as the keys of an identity provider.
 */
import { defineKind } from "../Kind.ts"
import { query } from "./query.ts"
import { section } from "./section.ts"

export const http = defineKind({
  kind: "http",
  service: { name: "the web" },
  section,
  query,
  // A server that demands a secret probably returns something confidential.
  isSecret: ({ headers }) => headers.some((header) => "secret" in header),
  contract: () => import("./contract.ts"),
  fetch: () => import("./fetch/urls.ts"),
})

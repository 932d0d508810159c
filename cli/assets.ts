/**
 * The files that commands read at run time, such as the schema: by their path from the root of the clone, which is also their
 * path in the published package. `scripts/package.ts` copies what `ASSETS` lists, and bundles the program into `cli/`, so
 * that the parent folder of this module's file is the root in both.
 */
import path from "node:path"

/** The root of the clone, or of the installed package. */
export const ROOT = path.dirname(import.meta.dirname)

/** Files and folders in the package. Folders of `dist/` are built first. */
export const ASSETS = [
  "schema/config.schema.json",
  "schema/openapi.json",
  "schema/seed.schema.json",
  "dist/node",
  "dist/cache-extension-node.zip",
  "dist/cache-extension-node.cdx.json",
  "dist/parts",
  "dist/runtimes",
  "cli/runtimes/python.py",
  "cli/serve/config.yaml",
  "cli/serve/seed.yaml",
  "terraform",
] as const

/** The path of a file in one of the `ASSETS`. */
export const asset = (name: (typeof ASSETS)[number] | `${(typeof ASSETS)[number]}/${string}`): string =>
  path.join(ROOT, name)

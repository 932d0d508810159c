// The root of the clone. In the published package, where this file is part of a bundle in `cli/`, the root of the package.
import path from "node:path"

export const ROOT = path.dirname(import.meta.dirname)

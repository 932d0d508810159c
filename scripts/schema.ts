// Writes schema/config.schema.json anew, from the Schema that reads config.yaml. Run `npm run format` after it.
import { writeFileSync } from "node:fs"
import { makeJsonSchema } from "../src/config/jsonSchema.ts"

const target = new URL("../schema/config.schema.json", import.meta.url)
writeFileSync(target, `${JSON.stringify(makeJsonSchema(), undefined, 2)}\n`)

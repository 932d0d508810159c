// Writes schema/config.schema.json from the Schema that decodes config.yaml. Run `npm run format` afterwards.
import { writeFileSync } from "node:fs"
import { makeJsonSchema } from "../src/config/jsonSchema.ts"

const target = new URL("../schema/config.schema.json", import.meta.url)
writeFileSync(target, `${JSON.stringify(makeJsonSchema(), undefined, 2)}\n`)

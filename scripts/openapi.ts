// Writes schema/openapi.json from the contract (src/http/contract). Run `npm run format` afterwards.
import { writeFileSync } from "node:fs"
import { makeOpenApi } from "../src/http/contract/openapi.ts"

const target = new URL("../schema/openapi.json", import.meta.url)
writeFileSync(target, `${JSON.stringify(await makeOpenApi(), undefined, 2)}\n`)

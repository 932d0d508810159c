// Writes schema/openapi.json from the contract (src/http/api). Run `npm run format` afterwards.
import { writeFileSync } from "node:fs"
import { makeOpenApi } from "../src/http/api/openapi.ts"

const target = new URL("../schema/openapi.json", import.meta.url)
writeFileSync(target, `${JSON.stringify(await makeOpenApi(), undefined, 2)}\n`)

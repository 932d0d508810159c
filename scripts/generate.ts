// Writes what is derived from the code: the files of schema/, client/kinds.ts, the table of permissions in
// docs/deploy.md, and the Grafana dashboards of observability/.
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { makeSeedSchema } from "../cli/seed/seedFields.ts"
import { makeJsonSchema } from "../src/config/jsonSchema.ts"
import { makeOpenApi } from "../src/http/api/openapi.ts"
import { ROOT } from "./bundle.ts"
import { clientKinds } from "./clientKinds.ts"
import { GRAFANA_DASHBOARDS } from "./grafana.ts"
import { withPermissions } from "./permissions.ts"

const write = (file: string, text: string) => writeFileSync(path.join(ROOT, file), text)
const toJson = (document: object): string => `${JSON.stringify(document, undefined, 2)}\n`

write("schema/config.schema.json", toJson(makeJsonSchema()))
write("schema/seed.schema.json", toJson(makeSeedSchema()))
write("schema/openapi.json", toJson(await makeOpenApi()))
write("client/kinds.ts", clientKinds())
write("docs/deploy.md", await withPermissions(readFileSync(path.join(ROOT, "docs/deploy.md"), "utf8")))
for (const [file, dashboard] of GRAFANA_DASHBOARDS) write(file, toJson(dashboard))

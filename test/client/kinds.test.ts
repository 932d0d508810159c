/**
 * The client's kinds are those of the extension, although the client imports nothing of it.
 */
import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { clientKinds } from "../../scripts/clientKinds.ts"

it("client/kinds.ts has the kinds of src/kinds (else: npm run generate)", () => {
  const committed = readFileSync(new URL("../../client/kinds.ts", import.meta.url), "utf8")
  assert.strictEqual(committed, clientKinds())
})

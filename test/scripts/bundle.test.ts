/**
 * What the bundle leaves out of the SDK's packages. A new SDK that is written otherwise fails here, before it makes a start
 * slower unnoticed.
 */
import { readFileSync } from "node:fs"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ROOT, withoutErrorClasses } from "../../scripts/bundle.ts"

const schemasOf = (client: string): string =>
  readFileSync(path.join(ROOT, `node_modules/@aws-sdk/client-${client}/dist-es/schemas/schemas_0.js`), "utf8")

describe("the classes of AWS's errors", () => {
  it.each([
    ["ssm", 140],
    ["secrets-manager", 12],
    ["dynamodb", 35],
    ["appconfigdata", 4],
    ["sts", 12],
  ] as const)("are left out of the client of %s: at least %i, and nothing else", (client, count) => {
    const before = schemasOf(client).split("\n")
    const after = withoutErrorClasses(schemasOf(client)).split("\n")
    const left = before.filter((line, index) => line !== after[index])
    assert.isAtLeast(left.length, count)
    assert.isTrue(left.every((line) => /^n0_registry\.registerError\(\w+\$, \w+\);$/.test(line)))
    // What stays is the registration of the service's base class.
    assert.lengthOf(
      after.filter((line) => line.includes(".registerError(")),
      1,
    )
  })
})

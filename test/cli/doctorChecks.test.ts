/**
 * What `doctor` says of a function, from what AWS says of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { type FunctionFacts, functionChecks } from "../../cli/doctor/checks.ts"

const LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:cache-extension"

const FACTS: FunctionFacts = {
  packageType: "Zip",
  runtime: "nodejs24.x",
  architecture: "arm64",
  layers: [`${LAYER}-arm64:3`],
  environment: { CACHE_EXTENSION_TTL: "30s" },
  memory: 512,
  timeout: 10,
  region: "us-east-1",
  role: "arn:aws:iam::123456789012:role/f",
  isInVpc: false,
}

/** The checks that are not ok. */
const troubles = (facts: Partial<FunctionFacts>) =>
  functionChecks({ ...FACTS, ...facts })
    .filter(({ result }) => result !== "ok")
    .map(({ message, name, result }) => `${result} ${name}: ${message}`)

describe("doctor", () => {
  it("finds nothing wrong with a function that has a fitting layer", () => {
    assert.deepStrictEqual(troubles({}), [])
  })

  const WRONG: ReadonlyArray<{
    readonly facts: Partial<FunctionFacts>
    readonly says: ReadonlyArray<string>
  }> = [
    {
      facts: { layers: ["arn:aws:lambda:us-east-1:1:layer:other:1"] },
      says: ["fail layer: the function has no layer", "skipped runtime", "skipped architecture"],
    },
    {
      facts: { layers: [`${LAYER}-arm64:3`, `${LAYER}-node:1`] },
      says: ["fail layer: the function has 2 layers of the extension"],
    },
    {
      facts: { layers: [`${LAYER}-node:1`], runtime: "python3.14" },
      says: ["fail runtime: the Node layer needs nodejs22.x or nodejs24.x, and the function has python3.14"],
    },
    {
      facts: { architecture: "x86_64" },
      says: ["fail architecture: the layer is for arm64, and the function is x86_64"],
    },
    {
      facts: { environment: { CACHE_EXTENSION_TLL: "30s" } },
      says: ["warn variables: nothing reads CACHE_EXTENSION_TLL; did you mean CACHE_EXTENSION_TTL"],
    },
    {
      facts: { environment: { CACHE_EXTENSON_PORT: "1" } },
      says: ["warn variables: nothing reads CACHE_EXTENSON_PORT; did you mean CACHE_EXTENSION_PORT?"],
    },
    {
      facts: { environment: { CACHE_EXTENSION_TTL: "soon" } },
      says: ['fail variables: environment: CACHE_EXTENSION_TTL: found "soon"; allowed: a duration'],
    },
    { facts: { timeout: 2 }, says: ["warn timeout: 2 s; a read from AWS may take 2500 ms"] },
    { facts: { isInVpc: true }, says: ["warn network: the function is in a VPC"] },
    {
      facts: { layers: [`${LAYER}-node:1`], memory: 128 },
      says: ["warn memory: 128 MB with the Node layer"],
    },
  ]
  it.each(WRONG)("says what is wrong with $facts", ({ facts, says }) => {
    const found = troubles(facts)
    assert.strictEqual(found.length, says.length, found.join("\n"))
    says.forEach((text, index) => assert.include(found[index], text))
  })

  it("leaves the other variables of a function alone", () => {
    assert.deepStrictEqual(troubles({ environment: { DB_HOST: "x", TABLE: "y" } }), [])
  })
})

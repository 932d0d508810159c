/**
 * Names that AWS cannot have, asked for at the port: 400 without a call where the name would be asked for, 404 where it
 * would not be.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Plan } from "../../src/config/Plan.ts"
import type { Kind } from "../../src/domain/Address.ts"
import { text } from "../support/entries.ts"
import { planOf } from "../support/configs.ts"
import { askRoutes } from "../support/routes.ts"

const IMPOSSIBLE: ReadonlyArray<readonly [Kind, string, string]> = [
  ["parameters", "name=/shop/*", '"/shop/*" cannot be in Parameter Store: there are no wildcards'],
  [
    "parameters",
    "name=$%7BSTAGE%7D",
    '"${STAGE}" cannot be in Parameter Store: ${STAGE} in it is a variable',
  ],
  ["parameters", "name=shop/db", '"shop/db" cannot be in Parameter Store: a name of several levels begins'],
  [
    "parameters",
    "name=A:0",
    '"A:0" cannot be in Parameter Store: behind the colon: versions are numbers from 1',
  ],
  ["parameters", "name=/a//b", '"/a//b" cannot be in Parameter Store: there is an empty level in it: //'],
  ["parameters", `name=${"n".repeat(1_012)}`, "it has 1012 characters; 1011 are allowed"],
  ["parameters", "name=arn:aws:s3:::bucket", "it is an ARN of s3"],
  ["parameters", "path=shop", '"shop" cannot be in Parameter Store: it does not begin with a slash'],
  ["parameters", "path=/shop//", '"/shop//" cannot be in Parameter Store: there is an empty level in it'],
  ["secrets", "name=a%20b", '"a b" cannot be in Secrets Manager: there is a blank in it'],
  ["secrets", `name=${"s".repeat(513)}`, "it has 513 characters; 512 are allowed"],
  [
    "secrets",
    "name=arn:aws:ssm:us-west-2:1:parameter/A",
    "it is an ARN of ssm, which is listed under parameters",
  ],
  ["appconfig", "name=a/%20/c", '"a/ /c" cannot be in AppConfig: there are blanks around it'],
]

const asking = (onDemand: "allow" | "deny") => {
  const plan = planOf(`on_demand: ${onDemand}\nparameters: [{names: [A], paths: [/app/]}]`)
  return askRoutes(
    {
      read: (entry) =>
        entry.name === "A:1"
          ? Effect.succeed({ value: text("one"), age: 0, outcome: "hit" })
          : Effect.die(`the cache was asked for ${entry.name}`),
    },
    Layer.succeed(Plan, plan),
  )
}

describe("a name that AWS cannot have", () => {
  it.effect.each(IMPOSSIBLE)(
    "is 400 without a call where names are fetched on demand: %s %s",
    ([kind, query, words]) =>
      Effect.gen(function* () {
        const ask = yield* asking("allow")
        const { body, status } = yield* ask(`/${kind}?${query}`)
        assert.strictEqual(status, 400)
        assert.include(JSON.parse(body).detail, words)
      }),
  )

  it.effect.each(IMPOSSIBLE)(
    "is 404 like any that is not listed where they are not: %s %s",
    ([kind, query]) =>
      Effect.gen(function* () {
        const ask = yield* asking("deny")
        const { status } = yield* ask(`/${kind}?${query}`)
        // Another version of what is listed would be asked for.
        assert.strictEqual(status, query === "name=A:0" ? 400 : 404)
      }),
  )

  it.effect("fails alone among several, as a bad request", () =>
    Effect.gen(function* () {
      const ask = yield* asking("allow")
      const { body, status } = yield* ask("/parameters?name=A:1&name=a%20b")
      const { errors, values } = JSON.parse(body)
      assert.deepStrictEqual([status, values, errors["a b"].status], [200, { "A:1": "one" }, 400])
    }),
  )
})

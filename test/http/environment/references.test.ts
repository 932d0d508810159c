/**
 * What `GET /environment` may ask for: variables and references. Whatever is wrong is named, never the text of a value.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseWishes } from "../../../src/http/environment/references.ts"

const urlOf = (...settings: ReadonlyArray<string>): string =>
  `/environment?${settings.map((setting) => `set=${encodeURIComponent(setting)}`).join("&")}`

/** The reference of a variable, or what is wrong with it. */
const referenceOf = (reference: string) => {
  const [wish] = Result.getOrThrow(parseWishes(urlOf(`A=${reference}`)))
  return wish && Result.merge(Result.mapError(wish.reference, ({ detail }) => detail))
}

const faultOf = (url: string): string => String(Result.merge(parseWishes(url)))

describe("a reference", () => {
  it("takes the queries of the port", () => {
    assert.deepStrictEqual(
      referenceOf("cache-extension://secrets?name=db/main&json=/pass~1word&versionStage=AWSPREVIOUS"),
      {
        kind: "secrets",
        query: {
          _tag: "ByNames",
          names: ["db/main"],
          selector: { versionStage: "AWSPREVIOUS" },
          field: ["pass/word"],
        },
      },
    )
    assert.deepStrictEqual(referenceOf("cache-extension://parameters?path=/shop/prod/"), {
      kind: "parameters",
      query: { _tag: "ByPath", path: "/shop/prod/" },
    })
    assert.deepStrictEqual(referenceOf("cache-extension://dynamodb?name=Orders-a%26b%2Bc"), {
      kind: "dynamodb",
      query: { _tag: "ByNames", names: ["Orders-a&b+c"], selector: {} },
    })
  })

  it.each([
    [
      "cache-extension://secret?name=A",
      `there is nothing at "cache-extension://secret"; allowed: cache-extension://`,
    ],
    ["cache-extension://secrets/?name=A", `there is nothing at "cache-extension://secrets/"`],
    ["cache-extension://", `there is nothing at "cache-extension://"`],
    ["cache-extension://secrets", "the query key name is missing; allowed: name"],
    ["cache-extension://secrets?nmae=A", `unknown query key "nmae"; allowed: name`],
    ["cache-extension://secrets?name=A&default=B", `unknown query key "default"`],
    [
      "cache-extension://secrets?name=A&name=B",
      "the reference has 2 names; one is allowed for each variable",
    ],
    ["cache-extension://secrets?name=A&json=b", "a JSON pointer begins with /"],
    ["cache-extension://parameters?name=A&path=/b", "exclude each other"],
    ["cache-extension://secrets?path=/a", `unknown query key "path"`],
    ["cache-extension://secrets?name=%zz", "is not percent-encoded UTF-8"],
    ["cache-extension://secrets?name=A#b", "# in a reference is written %23"],
  ])("is refused if it is %s", (reference, fault) => {
    assert.include(referenceOf(reference), fault)
  })

  it("is not repeated if it is none, because then it may be a value", () => {
    const fault = String(referenceOf("hunter2-hunter2"))
    assert.include(fault, "that is no reference; allowed: cache-extension://parameters?name=")
    assert.notInclude(fault, "hunter2")
  })
})

describe("a request for variables", () => {
  const REFERENCE = "cache-extension://secrets?name=A"

  it("has every variable with its reference, in the order of the request", () => {
    const wishes = Result.getOrThrow(parseWishes(urlOf(`B=${REFERENCE}`, `_a9=${REFERENCE}`)))
    assert.deepStrictEqual(
      wishes.map(({ variable }) => variable),
      ["B", "_a9"],
    )
  })

  it.each([
    ["/environment", "the query key set is missing; allowed: set=<variable>=<reference>"],
    ["/environment?set=A=1&name=B", `unknown query key "name"; allowed: set=`],
    [urlOf(`9A=${REFERENCE}`), `"9A" cannot be the name of a variable`],
    [urlOf(`A-B=${REFERENCE}`), `"A-B" cannot be the name of a variable`],
    [urlOf(`=${REFERENCE}`), `"" cannot be the name of a variable`],
    [urlOf("A"), `"A" cannot be the name of a variable`],
    [urlOf(`A=${REFERENCE}`, `A=${REFERENCE}`), "the variable A occurs several times"],
    [
      urlOf(...Array.from({ length: 101 }, (_, at) => `A${at}=${REFERENCE}`)),
      "101 variables; 100 are allowed",
    ],
    ["/environment?set=%zz", "is not percent-encoded UTF-8"],
  ])("is refused: %s", (url, fault) => {
    assert.include(faultOf(url), fault)
  })
})

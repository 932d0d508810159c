import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as JsonPointer from "effect/JsonPointer"
import { fieldsOf, parsePointer } from "../../src/http/jsonField.ts"

/** The field as it is served, or why there is none. */
const at = (text: string, pointer: string) =>
  Result.match(
    Result.flatMap(parsePointer(pointer), (tokens) => fieldsOf(text)(tokens)),
    { onSuccess: ({ body, isJson }) => ({ body, isJson }), onFailure: (words) => words },
  )

const json = (body: string) => ({ body, isJson: true })
const plain = (body: string) => ({ body, isJson: false })

/** Every place in a JSON value with the tokens that lead there: the naive way. */
const placesIn = (
  value: unknown,
  tokens: ReadonlyArray<string> = [],
): ReadonlyArray<readonly [ReadonlyArray<string>, unknown]> => [
  [tokens, value] as const,
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, child]) => placesIn(child, [...tokens, key]))
    : []),
]

const pointerOf = (tokens: ReadonlyArray<string>) =>
  tokens.map((token) => `/${JsonPointer.escapeToken(token)}`).join("")

/** The document of RFC 6901, section 5. */
const RFC = '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}'

describe("a field by its JSON pointer", () => {
  it.each([
    ["", json(RFC)],
    ["/foo", json('["bar","baz"]')],
    ["/foo/0", plain("bar")],
    ["/", json("0")],
    ["/a~1b", json("1")],
    ["/c%d", json("2")],
    ["/e^f", json("3")],
    ["/g|h", json("4")],
    ["/i\\j", json("5")],
    ['/k"l', json("6")],
    ["/ ", json("7")],
    ["/m~0n", json("8")],
  ])("is that of the RFC's example: %j", (pointer, expected) => {
    assert.deepStrictEqual(at(RFC, pointer), expected)
  })

  it("keeps every digit, blank and escape of what it cuts out", () => {
    const text =
      '{ "n": -12345678901234567890123456789012345678.10e+5, "o": {"a" : 1.0 ,\n "b":"\\u00e9"}, "s": "\\u00e9\\n" }'
    assert.deepStrictEqual(at(text, "/n"), json("-12345678901234567890123456789012345678.10e+5"))
    assert.deepStrictEqual(at(text, "/o"), json('{"a" : 1.0 ,\n "b":"\\u00e9"}'))
    assert.deepStrictEqual(at(text, "/s"), plain("é\n"))
  })

  it.prop(
    "is what a naive walk finds, at every place of every document",
    { value: Schema.Json, indent: Schema.Literals([0, 2]) },
    ({ indent, value }) => {
      const text = JSON.stringify(value, null, indent)
      for (const [tokens, expected] of placesIn(JSON.parse(text))) {
        const found = at(text, pointerOf(tokens))
        if (typeof found === "string") assert.fail(found)
        assert.strictEqual(found.isJson, typeof expected !== "string")
        assert.deepStrictEqual(found.isJson ? JSON.parse(found.body) : found.body, expected)
      }
    },
  )

  it.prop(
    "is none where a naive walk finds none",
    { value: Schema.Json, tokens: Schema.Array(Schema.String) },
    ({ tokens, value }) => {
      const text = JSON.stringify(value)
      const places = placesIn(JSON.parse(text)).map(([tokens]) => pointerOf(tokens))
      const pointer = pointerOf(tokens)
      assert.strictEqual(typeof at(text, pointer) === "string", !places.includes(pointer))
    },
  )

  it.each(["", "plain words", "{", '{"a":1,}', "{'a':1}", '{"a":1} // x', "01", "NaN", '"\n"'])(
    "is none in what is no JSON text: %j",
    (text) => {
      assert.strictEqual(at(text, "/a"), "the value is not JSON")
    },
  )

  it.each(["/b", "/a/2", "/a/-", "/a/01", "/a/+1", "/a/length", "/a/0/0", "/s/0", "/__proto__", "/toString"])(
    "is none where nothing is: %s",
    (pointer) => {
      const words = at('{"a":[1,2],"s":"secret words"}', pointer)
      assert.strictEqual(words, `the value has nothing at ${JSON.stringify(pointer)}`)
    },
  )

  it("costs a walk over the text once: found or not, it is known when it is asked for again", () => {
    const text = JSON.stringify({ list: Array.from({ length: 1_000 }, (_, index) => ({ index })), last: "x" })
    const fieldAt = fieldsOf(text)
    for (const pointer of ["/last", "/list/999/index", "/nowhere"]) {
      const tokens = pointer.slice(1).split("/")
      assert.deepStrictEqual(fieldAt(tokens), fieldAt(tokens))
      assert.deepStrictEqual(
        Result.getOrElse(fieldAt(tokens), (words) => words),
        at(text, pointer),
      )
    }
  })

  it("is found among many, although only some are remembered", () => {
    const fieldAt = fieldsOf(JSON.stringify(Array.from({ length: 1_000 }, (_, index) => index)))
    for (const round of [1, 2]) {
      for (let index = 0; index < 1_000; index += 1) {
        const found = Result.getOrThrow(fieldAt([String(index)]))
        assert.strictEqual(found.body, String(index), `round ${round}`)
      }
    }
  })

  it("is the last one of members with the same name, as for JSON.parse", () => {
    assert.deepStrictEqual(at('{"a":1,"a":2}', "/a"), json("2"))
    const twice = '{"a":{"b":1,"b":3},"x":0,"a":{"c":[2]}}'
    assert.strictEqual(at(twice, "/a/b"), 'the value has nothing at "/a/b"')
    assert.deepStrictEqual(at(twice, "/a/c/0"), json("2"))
    assert.deepStrictEqual(at('{"a":{"b":1},"a":3}', "/a"), json("3"))
    assert.strictEqual(at('{"a":{"b":1},"a":3}', "/a/b"), 'the value has nothing at "/a/b"')
  })

  it("is found or not found, but never a crash, in a text of 100,000 levels", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000)
    assert.strictEqual(at(deep, "/0/0/1"), 'the value has nothing at "/0/0/1"')
    assert.deepStrictEqual(at(deep, "/0".repeat(99_999)), json("[]"))
  })
})

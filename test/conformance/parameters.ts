/**
 * What Parameter Store does when parameters are read by name, one or several, told in SDK calls.
 *
 * Sources: API_GetParameter, API_GetParameters, and what others recorded against AWS itself. Paths and secret
 * references have a file of their own. Run by conformance.test.ts.
 */
import { GetParametersCommand } from "@aws-sdk/client-ssm"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf } from "../support/aws.ts"
import { get, getAll, getCommand, getRefused, label, put } from "./parameterCalls.ts"
import { conformance, HOME_REGION } from "./Target.ts"

const readingOne = [
  conformance(
    "a parameter is read with its ARN, type, data type, version and time",
    Effect.fnUntraced(function* (aws) {
      const name = `/${aws.unique("app")}/db/host`
      yield* put(aws, name, "db.example.com")
      const { LastModifiedDate, ARN, ...rest } = (yield* get(aws, name)) ?? {}
      assert.deepStrictEqual(rest, {
        DataType: "text",
        Name: name,
        Type: "String",
        Value: "db.example.com",
        Version: 1,
      })
      assert.match(ARN ?? "", new RegExp(`^arn:aws:ssm:${HOME_REGION}:\\d{12}:parameter${name}$`))
      assert.instanceOf(LastModifiedDate, Date)
    }),
  ),
  conformance(
    "a StringList is read as the text that was written",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("list")
      yield* put(aws, name, "a, b,,c", { Type: "StringList" })
      assert.strictEqual((yield* get(aws, name))?.Value, "a, b,,c")
    }),
  ),
  conformance(
    "text of any language and shape comes back as it is",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("text")
      const text = ' {"é": "日本語 🚀", "quote": "\\""}\n\ttail '
      yield* put(aws, name, text)
      assert.strictEqual((yield* get(aws, name))?.Value, text)
    }),
  ),
  conformance(
    "a SecureString is read in clear with decryption",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("secure")
      yield* put(aws, name, "s3cr3t", { Type: "SecureString" })
      const parameter = yield* get(aws, name, { WithDecryption: true })
      assert.deepStrictEqual([parameter?.Type, parameter?.Value], ["SecureString", "s3cr3t"])
    }),
  ),
  conformance(
    "a SecureString without decryption does not show its value",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("sealed")
      yield* put(aws, name, "s3cr3t", { Type: "SecureString" })
      const value = (yield* get(aws, name))?.Value ?? ""
      assert.isAbove(value.length, 0)
      assert.notInclude(value, "s3cr3t")
    }),
  ),
  conformance(
    "decryption is ignored for a String",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("plain")
      yield* put(aws, name, "clear")
      assert.strictEqual((yield* get(aws, name, { WithDecryption: true }))?.Value, "clear")
    }),
  ),
  conformance(
    "what does not exist is ParameterNotFound with status 400",
    Effect.fnUntraced(function* (aws) {
      const refusal = yield* getRefused(aws, aws.unique("absent"))
      assert.deepStrictEqual([refusal.name, refusal.status], ["ParameterNotFound", 400])
    }),
  ),
  conformance(
    "name:version reads that version",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("versioned")
      yield* put(aws, name, "one")
      yield* put(aws, name, "two", { Overwrite: true })
      const parameter = yield* get(aws, `${name}:1`)
      assert.deepStrictEqual([parameter?.Name, parameter?.Value, parameter?.Version], [name, "one", 1])
    }),
  ),
  conformance(
    "name:label reads the labelled version",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("labelled")
      yield* put(aws, name, "one")
      yield* label(aws, name, ["prod"], 1)
      yield* put(aws, name, "two", { Overwrite: true })
      const parameter = yield* get(aws, `${name}:prod`)
      assert.deepStrictEqual([parameter?.Name, parameter?.Value, parameter?.Version], [name, "one", 1])
    }),
  ),
  conformance(
    "the reply to a selector repeats it in Selector",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("selected")
      yield* put(aws, name, "one")
      yield* label(aws, name, ["prod"])
      assert.strictEqual((yield* get(aws, `${name}:1`))?.Selector, ":1")
      assert.strictEqual((yield* get(aws, `${name}:prod`))?.Selector, ":prod")
      assert.isUndefined((yield* get(aws, name))?.Selector)
    }),
  ),
  conformance(
    "a version that does not exist is ParameterVersionNotFound",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("young")
      yield* put(aws, name, "one")
      const refusal = yield* getRefused(aws, `${name}:7`)
      assert.deepStrictEqual([refusal.name, refusal.status], ["ParameterVersionNotFound", 400])
    }),
  ),
  conformance(
    "a label that does not exist is ParameterVersionNotFound",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("unlabelled")
      yield* put(aws, name, "one")
      assert.strictEqual((yield* getRefused(aws, `${name}:nowhere`)).name, "ParameterVersionNotFound")
    }),
  ),
  conformance(
    "an ARN reads the parameter under its own name",
    Effect.fnUntraced(function* (aws) {
      const name = `/${aws.unique("by")}/arn`
      yield* put(aws, name, "value")
      const arn = (yield* get(aws, name))?.ARN ?? ""
      const parameter = yield* get(aws, arn)
      assert.deepStrictEqual([parameter?.Name, parameter?.ARN, parameter?.Value], [name, arn, "value"])
    }),
  ),
  conformance(
    "a name of one level is the same with and without its slash, and is answered as asked",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("level")
      yield* put(aws, name, "value")
      const parameter = yield* get(aws, `/${name}`)
      assert.deepStrictEqual([parameter?.Name, parameter?.Value], [`/${name}`, "value"])
    }),
  ),
  conformance(
    "a malformed path is refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      assert.strictEqual((yield* getRefused(aws, "/a//b")).name, "ValidationException")
    }),
  ),
  conformance(
    "each region has parameters of its own",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("regional")
      yield* put(aws, name, "west")
      const refusal = yield* refusalOf(() => aws.elsewhere.ssm.send(getCommand(name)))
      assert.strictEqual(refusal.name, "ParameterNotFound")
    }),
  ),
]

const readingSeveral = [
  conformance(
    "ten names are read in one call",
    Effect.fnUntraced(function* (aws) {
      const stem = aws.unique("ten")
      const names = Array.from({ length: 10 }, (_, index) => `${stem}-${index}`)
      yield* Effect.forEach(names, (name) => put(aws, name, `value of ${name}`))
      const { Parameters = [], InvalidParameters } = yield* getAll(aws, names)
      const values = Object.fromEntries(Parameters.map(({ Name, Value }) => [Name, Value]))
      assert.deepStrictEqual(values, Object.fromEntries(names.map((name) => [name, `value of ${name}`])))
      assert.deepStrictEqual(InvalidParameters, [])
    }),
  ),
  conformance(
    "unknown names are listed in InvalidParameters and the others are served",
    Effect.fnUntraced(function* (aws) {
      const known = aws.unique("known")
      const unknown = aws.unique("unknown")
      yield* put(aws, known, "value")
      const { Parameters = [], InvalidParameters } = yield* getAll(aws, [unknown, known])
      assert.deepStrictEqual([Parameters.map(({ Name }) => Name), InvalidParameters], [[known], [unknown]])
    }),
  ),
  conformance(
    "a version that does not exist is listed in InvalidParameters as it was asked for",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("young")
      yield* put(aws, name, "value")
      const { Parameters, InvalidParameters } = yield* getAll(aws, [`${name}:9`])
      assert.deepStrictEqual([Parameters, InvalidParameters], [[], [`${name}:9`]])
    }),
  ),
  conformance(
    "two versions of one parameter are read in one call",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("both")
      yield* put(aws, name, "one")
      yield* put(aws, name, "two", { Overwrite: true })
      const { Parameters = [] } = yield* getAll(aws, [`${name}:1`, `${name}:2`])
      const values = Parameters.map(({ Name, Version, Value }) => [Name, Version, Value]).toSorted()
      assert.deepStrictEqual(values, [
        [name, 1, "one"],
        [name, 2, "two"],
      ])
    }),
  ),
  conformance(
    "eleven names are refused: ValidationException",
    Effect.fnUntraced(function* (aws) {
      const names = Array.from({ length: 11 }, (_, index) => `name-${index}`)
      const refusal = yield* refusalOf(() => aws.ssm.send(new GetParametersCommand({ Names: names })))
      assert.deepStrictEqual([refusal.name, refusal.status], ["ValidationException", 400])
    }),
  ),
  conformance(
    "a name given twice is answered once",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("twice")
      yield* put(aws, name, "value")
      const { Parameters = [] } = yield* getAll(aws, [name, name])
      assert.deepStrictEqual(
        Parameters.map(({ Value }) => Value),
        ["value"],
      )
    }),
  ),
  conformance(
    "several SecureStrings without decryption do not show their values",
    Effect.fnUntraced(function* (aws) {
      const name = aws.unique("sealed")
      yield* put(aws, name, "s3cr3t", { Type: "SecureString" })
      const { Parameters = [] } = yield* getAll(aws, [name], false)
      assert.strictEqual(Parameters.length, 1)
      assert.notInclude(Parameters[0]?.Value ?? "", "s3cr3t")
    }),
  ),
]

export const parameterCases = [...readingOne, ...readingSeveral]

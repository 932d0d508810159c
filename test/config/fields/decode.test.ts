/**
 * The decoder of config.yaml beside Effect's Schema: the same values from valid files, and the same findings from others.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema, type SchemaAST, type SchemaIssue } from "effect"
import { WholeFile } from "../../../src/config/wholeFile.ts"
import { decode, type Finding } from "../../../src/config/fields/decode.ts"
import type { Field, Optional } from "../../../src/config/fields/Field.ts"
import { makeSchema } from "../../../src/config/fields/schema.ts"
import { parseYaml } from "../../../src/config/yaml/parseYaml.ts"
import { BROKEN_CONFIGS } from "../../support/brokenConfigs.ts"
import { numbersFrom } from "../yamlSpellings.ts"

/** Longer texts test nothing but their length, and take long. */
const LONG_TEXT = 10_000

const OPTIONS: SchemaAST.ParseOptions = { errors: "all", onExcessProperty: "error" }

const expected = (annotations: object | undefined): string =>
  annotations !== undefined && "expected" in annotations ? String(annotations.expected) : "another value"

/** The findings of an issue of a Schema. */
const findingsIn = (issue: SchemaIssue.Issue, path: ReadonlyArray<PropertyKey>): ReadonlyArray<Finding> => {
  switch (issue._tag) {
    case "Pointer":
      return findingsIn(issue.issue, [...path, ...issue.path])
    case "Composite":
      return issue.issues.flatMap((each) => findingsIn(each, path))
    case "Encoding":
      return findingsIn(issue.issue, path)
    case "Filter": {
      const reason = issue.issue._tag === "InvalidValue" ? issue.issue.annotations?.message : undefined
      const allowed = expected(issue.filter.annotations)
      return [
        { kind: "invalid", path, allowed: typeof reason === "string" ? `${allowed} (${reason})` : allowed },
      ]
    }
    case "MissingKey":
      return [{ kind: "missing", path, allowed: String(issue.annotations?.messageMissingKey) }]
    case "UnexpectedKey": {
      const { ast } = issue
      const knownKeys = ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []
      return [{ kind: "unknown", path, allowed: knownKeys.join(", "), knownKeys }]
    }
    case "AnyOf": {
      // Of a word or a mapping, only what is wrong inside the mapping says more than what is allowed.
      const inside = issue.issues.filter(({ _tag }) => _tag !== "AnyOf" && _tag !== "InvalidType")
      return inside.length === 0
        ? [{ kind: "invalid", path, allowed: expected(issue.ast.annotations) }]
        : inside.flatMap((each) => findingsIn(each, path))
    }
    case "InvalidType":
    case "OneOf":
      return [{ kind: "invalid", path, allowed: expected(issue.ast.annotations) }]
    case "InvalidValue":
    case "Forbidden":
      return [{ kind: "invalid", path, allowed: expected(issue.annotations) }]
  }
}

/** What the decoder says of a value; fails if the Schema says something else. */
const decided = (
  field: Field,
  schema: Schema.Codec<unknown, unknown>,
  value: unknown,
): "valid" | "invalid" => {
  const ours = decode(field, value)
  const theirs = Result.mapError(Schema.decodeUnknownResult(schema, OPTIONS)(value), ({ issue }) =>
    findingsIn(issue, []),
  )
  assert.deepStrictEqual(ours, theirs, JSON.stringify(value))
  return Result.isSuccess(ours) ? "valid" : "invalid"
}

const plainField = (one: Field | Optional<Field>): Field => (one.type === "optional" ? one.field : one)

/** The fields of single values, at any depth. */
const leavesOf = (field: Field): ReadonlyArray<Field> => {
  if (field.type === "list") return leavesOf(field.item)
  if (field.type === "either") return leavesOf(field.mapping)
  return field.type === "mapping"
    ? Object.values(field.keys).flatMap((one) => leavesOf(plainField(one)))
    : [field]
}

/** Texts that some scalar allows, and some that none does. */
const TEXTS = [
  "arn:aws:rds:eu-west-1:1:cluster:shop",
  "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf",
  "blob",
  ..."A|/app/db|/app/|a b|| x|us-west-2|us-west-2a|EU-WEST-1|${REGION}|S|N|B|number|string|on|off|required|deny".split(
    "|",
  ),
  ..."true|F|0|1|42|007|1000001|4000|65536|64MiB|1kB|5GB|30s|-1s|0|1h30m|5|soon|http://a:1/|https://a?b|AWS/x|Shop/Cache".split(
    "|",
  ),
  ..."arn:aws:ssm:eu-west-1:1:parameter/a|arn:aws:iam::123456789012:role/r|arn:aws:s3:::b|A:3|A:live|AWSCURRENT|null|dynamodb://shared|rediss://cache:1|/a/b|plain|alias/a|parameters|<=|descending|describe".split(
    "|",
  ),
]

const ODD = [null, [], {}, ["A"], { a: "b" }, [null], 7, true, ["A", ["B"]], { names: "A" }]

const UNKNOWN_KEYS = ["nmaes", "__proto__", "constructor"]

/** Gives a number below a bound. */
type Below = (bound: number) => number

const oneOf = <A>(below: Below, values: ReadonlyArray<A>): A | undefined => values[below(values.length)]

const allowed = new Map<Field, ReadonlyArray<string>>()

const allowedTexts = (field: Field): ReadonlyArray<string> => {
  const known = allowed.get(field) ?? TEXTS.filter((text) => Result.isSuccess(decode(field, text)))
  allowed.set(field, known)
  return known
}

/** A value for a field: mostly of its form, with any texts; sometimes something else. */
const makeValue = (field: Field, below: Below): unknown => {
  if (below(60) === 0) return oneOf(below, ODD)
  switch (field.type) {
    case "either":
      return makeValue(below(2) === 0 ? field.word : field.mapping, below)
    case "list":
      return Array.from({ length: below(3) }, () => makeValue(field.item, below))
    case "mapping": {
      const kept = Object.entries(field.keys).filter(([, one]) => below(one.type === "optional" ? 2 : 20) > 0)
      const entries = kept.map(([key, one]) => [key, makeValue(plainField(one), below)])
      const others = below(20) === 0 ? [[oneOf(below, UNKNOWN_KEYS), "x"]] : []
      return Object.fromEntries(entries.concat(others))
    }
    default:
      return oneOf(below, below(20) === 0 ? TEXTS : allowedTexts(field))
  }
}

describe("the decoder of config.yaml", () => {
  it("decides, decodes and finds what Effect's Schema does, for files of every form", () => {
    const schema = makeSchema(WholeFile)
    const decisions = Array.from({ length: 800 }, (_, seed) =>
      decided(WholeFile, schema, makeValue(WholeFile, numbersFrom((seed + 1) * 2_654_435_761))),
    )
    for (const decision of ["valid", "invalid"])
      assert.isAbove(decisions.filter((one) => one === decision).length, 40)
  })

  it("does so for broken files", () => {
    const schema = makeSchema(WholeFile)
    const texts = BROKEN_CONFIGS.map(({ text }) => text).filter((text) => text.length < LONG_TEXT)
    const values = texts.map(parseYaml).filter(Result.isSuccess)
    const decisions = values.map(({ success }) => decided(WholeFile, schema, success.value))
    assert.includeMembers(decisions, ["valid", "invalid"])
  })

  it("does so for every scalar and each text that some scalar allows", () => {
    for (const field of leavesOf(WholeFile)) {
      const schema = makeSchema(field)
      const decisions = [...TEXTS, null, 7, ["A"]].map((value) => decided(field, schema, value))
      assert.includeMembers(decisions, ["valid", "invalid"], JSON.stringify(field))
    }
  })
})

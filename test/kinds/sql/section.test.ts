/**
 * The section `sql` of config.yaml: what each parameter may be, and the entry of an item.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { entriesOf, readConfig } from "../../support/configs.ts"

const CLUSTER = "arn:aws:rds:eu-west-1:123456789012:cluster:shop"
const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"

const fileOf = (statement: string, parameters: string, more = ""): string => `sql:
  - name: q
    resource_arn: ${CLUSTER}
    secret_arn: ${SECRET}
    statement: ${statement}
    parameters: ${parameters}
${more}`

/** The faults of a file, without their places. */
const faultsOf = (text: string): ReadonlyArray<string> =>
  Result.match(readConfig(text, { file: "config.yaml", region: undefined, ttl: undefined }), {
    onSuccess: () => [],
    onFailure: ({ message }) => message.split("\n").map((line) => line.replace(/^[^ ]+ /, "")),
  })

describe("a query in config.yaml", () => {
  it("has the region of its cluster, and its parameters with their types", () => {
    const text = fileOf("SELECT :a, :b", "[{ name: a, value: x }, { name: b, type: 'null' }]")
    assert.deepStrictEqual(
      entriesOf(text, { region: "us-east-1" }).map(({ address, name }) => ({ address, name })),
      [
        {
          name: "q",
          address: {
            kind: "sql",
            region: "eu-west-1",
            resourceArn: CLUSTER,
            secretArn: SECRET,
            statement: "SELECT :a, :b",
            parameters: [
              { name: "a", type: "string", value: "x" },
              { name: "b", type: "null", value: "" },
            ],
          },
        },
      ],
    )
  })

  it.each([
    ["[]", "sql[0].parameters: found nothing; allowed: values for :a"],
    [
      "[{ name: a }, { name: b }]",
      'sql[0].parameters[1].name: found "b"; allowed: a parameter of the statement, as in :b',
    ],
    ["[{ name: a }, { name: a }]", 'sql[0].parameters[1].name: found "a"; allowed: each parameter once'],
    [
      "[{ name: 1a, value: x }]",
      'sql[0].parameters[0].name: found "1a"; allowed: a name (it has letters, digits and _, and no digit first)',
    ],
  ])("with the parameters %s is a fault that names them", (parameters, fault) => {
    assert.include(faultsOf(fileOf("SELECT :a", parameters)), fault)
  })

  it.each([
    ["string", "", "any text"],
    ["long", "-9007199254740991", "12"],
    ["double", "1.5e3", "-0.1"],
    ["boolean", "true", "false"],
    ["blob", "AP8=", "''"],
    ["decimal", "12345678901234567890.12", "-1"],
    ["date", "2026-01-31", "1999-12-01"],
    ["time", "23:59:59", "00:00:00.123"],
    ["timestamp", "2026-01-31 23:59:59", "2026-01-31 00:00:00.5"],
    ["uuid", "0c7ebd9d-8f0d-4fd6-9d2c-2f3f7d0e4b1a", "0C7EBD9D-8F0D-4FD6-9D2C-2F3F7D0E4B1A"],
    ["json", "'{\"a\":[1]}'", "null"],
    ["null", "''", "''"],
  ])("takes a %s such as %s", (type, one, other) => {
    for (const value of [one, other]) {
      const parameters = `[{ name: a, type: '${type}', value: ${value === "" ? "''" : JSON.stringify(value.replace(/^'(.*)'$/, "$1"))} }]`
      assert.deepStrictEqual(faultsOf(fileOf("SELECT :a", parameters)), [])
    }
  })

  it.each([
    ["long", "9007199254740992", "a whole number of at most 15 digits; a longer one has the type decimal"],
    ["long", "1.5", "a whole number of at most 15 digits; a longer one has the type decimal"],
    ["double", "1e999", "a number such as 1.5 or 2e10"],
    ["boolean", "yes", "true or false"],
    ["blob", "AP8", "base64 with its padding"],
    ["decimal", "NaN", "a number such as 19.90"],
    ["date", "2026-13-01", "a date such as 2026-01-31"],
    ["time", "24:00:00", "a time such as 23:59:59 or 23:59:59.123"],
    ["timestamp", "2026-01-31T23:59:59Z", "a date and a time such as 2026-01-31 23:59:59"],
    ["uuid", "0c7ebd9d", "a UUID"],
    ["json", "{a}", "JSON"],
    ["null", "0", "no value"],
  ])("refuses a %s such as %s, and says what is allowed", (type, value, allowed) => {
    const parameters = `[{ name: a, type: '${type}', value: '${value}' }]`
    assert.deepStrictEqual(faultsOf(fileOf("SELECT :a", parameters)), [
      `sql[0].parameters[0].value: found "${value}"; allowed: ${allowed}, as the type is ${type}`,
    ])
  })

  it("is in the region of both its ARNs", () => {
    const [fault = ""] = faultsOf(fileOf("SELECT 1", "[]", "    region: us-west-2\n"))
    assert.include(fault, `sql[0].resource_arn: found "${CLUSTER}"; allowed: an ARN in us-west-2`)
  })
})

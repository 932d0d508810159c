/**
 * The grammars of AWS's names: what AWS may have is never refused, what it cannot have always is. The messages are in
 * `support/impossibleNames.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isRegion, unexpandedIn } from "../../src/config/fields/grammar.ts"
import { parseArn } from "../../src/kinds/arn.ts"
import { LABEL, labelFault, parameterFault, pathFault } from "../../src/kinds/parameters/name.ts"
import { secretFault, stageFault, versionIdFault } from "../../src/kinds/secrets/secretId.ts"
import { tableFault } from "../../src/kinds/dynamodb/table.ts"
import { parseName } from "../../local/aws/parameterNames.ts"
import { Result } from "effect"
import { faultsOf, planOf } from "../support/configs.ts"

const MANY = { arbitrary: { runs: 500 } } as const
const ARN = "arn:aws:ssm:us-west-2:123456789012:parameter"
const SECRET_ARN = "arn:aws:secretsmanager:us-west-2:123456789012:secret"

describe("a parameter that AWS may have is accepted", () => {
  it.each([
    "A",
    "/A",
    "a.b_c-D9",
    "/shop/prod/db-url",
    "/shop/prod/db:3",
    "db:live",
    "db:_a.b-C",
    `/${"l/".repeat(14)}l`,
    "n".repeat(1_011),
    "db:9223372036854775807",
    "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    "/aws/service/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
    "/aws/reference/secretsmanager/secret_info",
    "/aws/reference/secretsmanager/shop/rds!db-1@x+y=z",
    "/aws/reference/secretsmanager/db:AWSPREVIOUS",
    "/aws/reference/secretsmanager/db:11111-aaa-bbb-ccc-123456789",
    `/aws/reference/secretsmanager/${SECRET_ARN}:db-AbCdEf`,
    `${ARN}/shared`,
    `${ARN}/shop/prod/db:7`,
    "arn:aws:ssm:us-east-1::parameter/aws/service/x",
    "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/db",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/db:live",
    "arn:aws-iso-b:ssm:us-isob-east-1:123456789012:parameter/db",
    "AmazonCloudWatch-linux",
  ])("%s", (name) => {
    assert.isUndefined(parameterFault(name))
  })

  it.prop(
    "and so is all that local AWS, which knows AWS's rules, takes as a short name of few levels",
    {
      levels: Schema.Array(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.:/-]{0,6}$/))).check(
        Schema.isMaxLength(5),
      ),
    },
    ({ levels }) => {
      const name = levels.join("/")
      const isTaken = Result.isSuccess(parseName(name))
      // Versions from 1 and labels without a digit before them: what local AWS looks up and never finds.
      const isDoubtful = /^\/?ssm/i.test(name) || /:(?:0*$|\d.*[^\d])/.test(name) || name.startsWith("arn:")
      if (!isDoubtful) assert.strictEqual(parameterFault(name) === undefined, isTaken, name)
    },
    MANY,
  )
})

describe("a secret that AWS may have is accepted", () => {
  it.each([
    "db",
    "/shop/prod/db",
    "shop/prod/db",
    "rds!cluster-0123",
    "a+b=c.d@e_f-g",
    "s".repeat(512),
    `${SECRET_ARN}:db-AbCdEf`,
    `${SECRET_ARN}:db`,
    `${SECRET_ARN}:shop/rds!db-AbCdEf`,
    "arn:aws-cn:secretsmanager:cn-northwest-1:123456789012:secret:db",
  ])("%s", (id) => {
    assert.isUndefined(secretFault(id))
  })
})

it.each([
  "Tab",
  "t".repeat(255),
  "My.Table_1-x",
  "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders",
  "arn:aws-us-gov:dynamodb:us-gov-east-1:123456789012:table/a.b",
])("a table that AWS may have is accepted: %s", (table) => {
  assert.isUndefined(tableFault(table))
})

it.each(["/", "/app", "/app/", "/app/prod", "/aws/service/x/", "/a.b_c-D/"])(
  "a path is accepted: %s",
  (path) => {
    assert.isUndefined(pathFault(path))
  },
)

it.each([
  "us-east-1",
  "us-gov-west-1",
  "us-iso-east-1",
  "us-isob-east-1",
  "eu-isoe-west-1",
  "eusc-de-east-1",
  "ap-southeast-7",
  "mx-central-1",
  "cn-northwest-1",
])("a region is accepted: %s", (region) => {
  assert.isTrue(isRegion(region))
})

it.each([
  "",
  "us",
  "us-east",
  "us-east-1a",
  "us_east_1",
  "US-EAST-1",
  "us-east-",
  "-us-east-1",
  "us-east-123",
  "1",
  "local host",
])("a region is refused: %j", (region) => {
  assert.isFalse(isRegion(region))
})

it.each([
  "${X}",
  "${AWS::Region}",
  "{{x}}",
  "{{ resolve:ssm:/a }}",
  "$(x)",
  "$STAGE",
  "%STAGE%",
  "<stage>",
  "a-${X",
  "${",
])("a variable is recognised: %s", (text) => {
  assert.isString(unexpandedIn(text))
})

it.prop("no grammar fails on any text, and each fault is one short line", [Schema.String], ([text]) => {
  const grammars = [
    parameterFault,
    pathFault,
    labelFault,
    secretFault,
    stageFault,
    versionIdFault,
    tableFault,
  ]
  for (const prefix of ["", "/", "arn:aws:", `${ARN}/`, "/aws/reference/secretsmanager/", `${SECRET_ARN}:`]) {
    for (const fault of grammars.map((grammar) => grammar(prefix + text))) {
      if (fault === undefined) continue
      assert.isBelow(fault.length, 200)
      assert.notMatch(fault, /\p{Cc}/u)
    }
  }
})

it.prop(
  "a label is what the pattern in openapi.json says",
  { text: Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9_.: -]*$/)) },
  ({ text }) => {
    for (const label of [text, text.slice(1, 4), `${text}${"l".repeat(98)}`])
      assert.strictEqual(LABEL.test(label), labelFault(label) === undefined, label)
  },
)

it.prop("an ARN is its parts, or none", { parts: Schema.Array(Schema.String) }, ({ parts }) => {
  const text = parts.join(":")
  const arn = parseArn(text)
  if (arn === undefined) return
  const { account, partition, region, resource, service } = arn
  assert.strictEqual(["arn", partition, service, region, account, resource].join(":"), text)
})

describe("a variable that AWS would take as it is", () => {
  const text = `appconfig:
  - {application: shop, environment: "{{STAGE}}", profile: flags}
dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: "{{ID}}"}
`

  it("is read as written, with a warning at its line", () => {
    assert.deepStrictEqual(faultsOf(text), ["accepted"])
    assert.deepStrictEqual(planOf(text).warnings, [
      'config.yaml:2:38: appconfig[0].environment: "{{STAGE}}" is read as written: only ${NAME} is replaced in this file',
      'config.yaml:4:60: dynamodb[0].hashkeyvalue: "{{ID}}" is read as written: only ${NAME} is replaced in this file',
    ])
  })

  it("is no matter in a price or a formula", () => {
    assert.isEmpty(
      planOf("dynamodb: [{table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: 'costs $5, 10% off <b>'}]")
        .warnings,
    )
  })
})

describe("a name that an item gives its entry", () => {
  const ARN_OF = (service: string, resource: string) =>
    `arn:aws:${service}:eu-west-1:123456789012:${resource}`

  describe.each([
    ["dynamodb", "table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v"],
    ["tables", "table: Tab, hashkey: k, hashkeytype: S"],
    ["s3", "bucket: shop-data, key: rates.json"],
    [
      "sql",
      `resource_arn: ${ARN_OF("rds", "cluster:shop")}, secret_arn: ${ARN_OF("secretsmanager", "secret:db-AbCdEf")}, statement: SELECT 1`,
    ],
    ["http", "url: https://example.com/keys"],
  ])("under %s", (section, item) => {
    const faultsWith = (name: string) => faultsOf(`${section}:\n  - { name: "${name}", ${item} }\n`)

    it("has at most 255 characters, as requests for longer ones are refused", () => {
      assert.deepStrictEqual(faultsWith("n".repeat(255)), ["accepted"])
      const [fault = ""] = faultsWith("n".repeat(256))
      assert.match(fault, /\[0\]\.name: found .*it has 256 characters; 255 are allowed/)
    })

    it("has no blanks around it", () => {
      assert.match(faultsWith(" rates").join(), /\[0\]\.name: found .*there are blanks around it/)
    })
  })
})

/**
 * The form of each operation's reply: what it needs, what it may leave out, and that another form is no answer of AWS.
 */
import { assert, describe, it } from "@effect/vitest"
import { SourceError } from "../../src/domain/SourceError.ts"
import { checked, type Operation } from "../support/replies.ts"

const PARAMETER = { Value: "v" }
const SECRET = { SecretString: "s" }
const KEYS = { Keys: [{ id: { S: "a" } }] }
const DAY = 86_400

/** Of a text member everything that is none. */
const noText = (member: string, rest: object = {}): ReadonlyArray<unknown> =>
  [1, {}, ["a"]].map((value) => Object.assign({}, rest, { [member]: value }))

const CREDENTIALS = {
  AccessKeyId: "a",
  SecretAccessKey: "s",
  SessionToken: "t",
  Expiration: Reflect.construct(Date, [0]),
}

const without = (name: string, object: object): unknown =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

const FORMS: Readonly<
  Record<Operation, { readonly yes: ReadonlyArray<unknown>; readonly no: ReadonlyArray<unknown> }>
> = {
  GetParameter: {
    yes: [
      { Parameter: PARAMETER },
      {
        Parameter: {
          ...PARAMETER,
          Name: "n",
          ARN: "a",
          Selector: ":1",
          Version: 1,
          Type: "String",
          DataType: "text",
          SourceResult: "{}",
          LastModifiedDate: 1.5,
        },
      },
      { Parameter: { ...PARAMETER, Name: null } },
    ],
    no: [
      {},
      { Parameter: null },
      { Parameter: {} },
      ...["Value", "Name", "ARN", "Selector", "Type", "DataType", "SourceResult"].flatMap((member) =>
        noText(member, PARAMETER).map((Parameter) => ({ Parameter })),
      ),
      { Parameter: { ...PARAMETER, Version: "1" } },
      { Parameter: { ...PARAMETER, LastModifiedDate: "1" } },
    ],
  },
  GetParameters: {
    yes: [
      { Parameters: [PARAMETER], InvalidParameters: ["x"] },
      { Parameters: [] },
      { InvalidParameters: [] },
    ],
    no: [
      {},
      { Parameters: null },
      { Parameters: {} },
      { Parameters: [{}] },
      { InvalidParameters: [1] },
      { InvalidParameters: null },
    ],
  },
  DescribeSecret: {
    yes: [
      {},
      { Name: "n", ARN: "a", DeletedDate: 1.5, VersionIdsToStages: { v: ["AWSCURRENT"], w: [] } },
      { Name: null, VersionIdsToStages: null },
    ],
    no: [
      ...["Name", "ARN"].flatMap((member) => noText(member, {})),
      { DeletedDate: "1" },
      { VersionIdsToStages: [] },
      { VersionIdsToStages: { v: "AWSCURRENT" } },
      { VersionIdsToStages: { v: [1] } },
    ],
  },
  GetParametersByPath: {
    yes: [
      { Parameters: [] },
      { Parameters: [{ ...PARAMETER, Name: "n" }], NextToken: "t" },
      { Parameters: [], NextToken: null },
    ],
    no: [
      {},
      { Parameters: [PARAMETER] },
      { Parameters: [{ Name: "n" }] },
      { Parameters: null },
      { Parameters: [], NextToken: 1 },
    ],
  },
  GetSecretValue: {
    yes: [
      SECRET,
      { SecretBinary: "AP8=" },
      { SecretString: "" },
      { ...SECRET, Name: "n", ARN: "a", VersionId: "v", VersionStages: ["AWSCURRENT"], CreatedDate: 1 },
    ],
    no: [
      {},
      { SecretString: null, SecretBinary: null },
      { SecretBinary: "AP8" },
      ...["SecretString", "Name", "ARN", "VersionId"].flatMap((member) => noText(member, SECRET)),
      { ...SECRET, VersionStages: "AWSCURRENT" },
      { ...SECRET, VersionStages: [1] },
      { ...SECRET, CreatedDate: "1" },
    ],
  },
  BatchGetSecretValue: {
    yes: [
      { SecretValues: [SECRET], NextToken: "t" },
      { SecretValues: [] },
      { Errors: [] },
      {
        SecretValues: [],
        Errors: [
          { SecretId: "s", ErrorCode: "e", Message: "m" },
          { SecretId: "s", ErrorCode: "e" },
        ],
      },
    ],
    no: [
      {},
      { NextToken: "t" },
      { SecretValues: null },
      { SecretValues: [{}] },
      { SecretValues: [], NextToken: 1 },
      { Errors: null },
      { Errors: [{ SecretId: "s" }] },
      { Errors: [{ ErrorCode: "e" }] },
      ...["SecretId", "ErrorCode", "Message"].flatMap((member) =>
        noText(member, { SecretId: "s", ErrorCode: "e" }).map((one) => ({ Errors: [one] })),
      ),
    ],
  },
  GetItem: {
    yes: [{}, { Item: {} }, { Item: { id: { S: "a" } } }],
    no: [{ Item: null }, { Item: [] }, { Item: { id: "a" } }],
  },
  BatchGetItem: {
    yes: [
      { Responses: {} },
      { Responses: { T: [{ id: { S: "a" } }] } },
      { Responses: {}, UnprocessedKeys: { T: KEYS } },
    ],
    no: [
      {},
      { Responses: null },
      { Responses: [] },
      { Responses: { T: {} } },
      { Responses: { T: [{ id: "a" }] } },
      { Responses: {}, UnprocessedKeys: null },
      { Responses: {}, UnprocessedKeys: { T: {} } },
      { Responses: {}, UnprocessedKeys: { T: { Keys: [{ id: "a" }] } } },
    ],
  },
  Query: {
    yes: [
      { Items: [] },
      { Items: [{ id: { S: "a" } }], Count: 1, ScannedCount: 1 },
      { Items: [], LastEvaluatedKey: { id: { S: "a" } } },
    ],
    no: [
      {},
      { Items: null },
      { Items: {} },
      { Items: [{ id: "a" }] },
      { Items: [null] },
      { Items: [], LastEvaluatedKey: null },
      { Items: [], LastEvaluatedKey: { id: "a" } },
    ],
  },
  StartConfigurationSession: {
    yes: [{ InitialConfigurationToken: "t" }],
    no: [
      {},
      { InitialConfigurationToken: "" },
      { InitialConfigurationToken: 1 },
      { InitialConfigurationToken: null },
    ],
  },
  GetLatestConfiguration: {
    yes: [
      { NextPollConfigurationToken: "t" },
      ...[0, 15, DAY].map((seconds) => ({
        NextPollConfigurationToken: "t",
        NextPollIntervalInSeconds: seconds,
      })),
      {
        NextPollConfigurationToken: "t",
        ContentType: "c",
        VersionLabel: "v",
        Configuration: new Uint8Array(1),
      },
    ],
    no: [
      {},
      { NextPollConfigurationToken: "" },
      ...[-1, DAY + 1, "15"].map((seconds) => ({
        NextPollConfigurationToken: "t",
        NextPollIntervalInSeconds: seconds,
      })),
      ...["ContentType", "VersionLabel"].flatMap((member) =>
        noText(member, { NextPollConfigurationToken: "t" }),
      ),
      { NextPollConfigurationToken: "t", Configuration: "text" },
    ],
  },
  AssumeRole: {
    yes: [{ Credentials: CREDENTIALS }],
    no: [
      {},
      { Credentials: null },
      ...Object.keys(CREDENTIALS).map((name) => ({ Credentials: without(name, CREDENTIALS) })),
      ...["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) => ({
        Credentials: { ...CREDENTIALS, [name]: "" },
      })),
      { Credentials: { ...CREDENTIALS, Expiration: "2030-01-01" } },
      { Credentials: { ...CREDENTIALS, Expiration: Reflect.construct(Date, [NaN]) } },
    ],
  },
}

const operations = Object.keys(FORMS) as ReadonlyArray<Operation>

const failureOf = (operation: Operation, reply: unknown): unknown => {
  try {
    return checked(operation)(reply) === reply ? "the reply" : "another reply"
  } catch (error) {
    return error
  }
}

describe("the reply to", () => {
  it.each(operations)("%s is taken as it is where it has the form of one", (operation) => {
    for (const reply of FORMS[operation].yes)
      assert.strictEqual(failureOf(operation, reply), "the reply", JSON.stringify(reply))
  })

  it.each(operations)("%s is no answer of AWS in another form, and nothing of it is quoted", (operation) => {
    for (const reply of [...FORMS[operation].no, null, undefined, [], "text", 1]) {
      const error = failureOf(operation, reply)
      assert.isTrue(error instanceof SourceError, `${operation}: ${JSON.stringify(reply)}`)
      if (!(error instanceof SourceError)) return
      assert.deepInclude(error.reason, {
        _tag: "Unavailable",
        detail: `the reply to ${operation} does not have the form of one`,
      })
    }
  })
})

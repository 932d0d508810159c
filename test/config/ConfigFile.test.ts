/**
 * What config.yaml may say and what becomes of it: the original's file, every key, and where each kind of value is read.
 */
import { assert, describe, it } from "@effect/vitest"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Entry, EntryKey } from "../../src/domain/Entry.ts"
import { entriesOf, namesOf, ORIGINAL_CONFIG, planOf } from "../support/configs.ts"
import { LIMITS } from "../support/entries.ts"

const HOUR = 3_600_000
const MINUTE = 60_000
const DEFAULT_POLICY = {
  ttl: HOUR,
  staleWhileRevalidate: 0,
  staleIfError: 24 * HOUR,
  staleIfDenied: 5 * MINUTE,
  negativeTtl: 5_000,
}

/** What a file that lists secrets is told if it says nothing of the token. */
const UNDECIDED =
  "config.yaml: secrets are listed, and any request from this machine may read them; " +
  "set server.token to required, so that requests must carry the function's AWS_SESSION_TOKEN, or to off if this is intended"

describe("config.yaml", () => {
  it("of the original works unchanged", () => {
    const expected: Omit<PlanShape, "entryFor" | "find" | "findPath" | "regionFault"> = {
      entries: new Map<EntryKey, Entry>([
        [
          "parameters:CacheExtensions_Parameter1",
          {
            key: "parameters:CacheExtensions_Parameter1",
            name: "CacheExtensions_Parameter1",
            address: { kind: "parameters", region: "us-west-2", name: "CacheExtensions_Parameter1" },
            policy: DEFAULT_POLICY,
          },
        ],
        [
          "parameters:/aws/reference/secretsmanager/secret_info",
          {
            key: "parameters:/aws/reference/secretsmanager/secret_info",
            name: "/aws/reference/secretsmanager/secret_info",
            address: {
              kind: "parameters",
              region: "us-west-2",
              name: "/aws/reference/secretsmanager/secret_info",
            },
            policy: DEFAULT_POLICY,
          },
        ],
        [
          "dynamodb:DynamoDbTable-pKey1-sKey1",
          {
            key: "dynamodb:DynamoDbTable-pKey1-sKey1",
            name: "DynamoDbTable-pKey1-sKey1",
            address: {
              kind: "dynamodb",
              region: "eu-west-1",
              table: "DynamoDbTable",
              hash: { name: "pKey", type: "S", value: "pKey1" },
              sort: { name: "sKey", type: "S", value: "sKey1" },
              consistentRead: false,
              numbers: "number",
            },
            policy: DEFAULT_POLICY,
          },
        ],
      ]),
      defaultPolicy: DEFAULT_POLICY,
      limits: LIMITS,
      onDemand: "deny",
      parametersAndSecrets: false,
      workloadCredentials: false,
      offersAppConfigAgent: false,
      warnings: [UNDECIDED],
    }
    const { entryFor: _, find, findPath, regionFault, ...plan } = planOf(ORIGINAL_CONFIG)
    assert.deepStrictEqual(plan, expected)
    assert.isUndefined(find("parameters", "another"))
    assert.isUndefined(findPath("parameters", "/another/"))
    expected.entries.forEach((entry) => assert.isUndefined(regionFault(entry)))
  })

  it.each([
    ["an empty text", ""],
    ["blanks", " \n\n"],
    ["a comment", "# nothing yet\n"],
    ["a document mark", "---\n"],
    ["{}", "{}"],
    ["null", "null\n"],
    [
      "sections that hold nothing",
      "parameters:\nsecrets: ~\ndynamodb: null\ncache:\nserver:\nmetrics:\ntracing:\n",
    ],
    ["empty lists", "parameters: []\ndynamodb: []\n"],
    ["a list without names", "parameters:\n  - region: us-west-2\n    names: []\n"],
  ])("may list nothing: %s", (_, text) => {
    const plan = planOf(text)
    assert.strictEqual(plan.entries.size, 0)
    assert.deepStrictEqual(plan.defaultPolicy, DEFAULT_POLICY)
  })

  it("may hold every key", () => {
    const text = `
parameters:
  - region: us-west-2
    names: [A, "C:3", "C:prod", /app/prod/db]
    ttl: 30s
    stale_while_revalidate: 10s
    stale_if_error: 1h
    negative_ttl: 0
secrets:
  - names: [db/main]
    version_stage: AWSPREVIOUS
dynamodb:
  - table: Products
    hashkey: id
    hashkeytype: N
    hashkeyvalue: 42
    region: us-east-1
    consistent_read: true
    numbers: string
  - { table: Blobs, hashkey: id, hashkeytype: B, hashkeyvalue: AQID }
appconfig:
  - { application: shop, environment: prod, profile: flags, region: us-east-1, ttl: 30s }
cache:
  ttl: 5m
  stale_while_revalidate: 1m
  stale_if_error: 2h
  negative_ttl: 1s
  numbers: number
on_demand: allow
server:
  port: 4100
metrics:
  emf_every: 20
  emf_namespace: Shop/Cache
tracing:
  endpoint: https://collector.example/otlp/
`
    const plan = planOf(text)
    assert.deepStrictEqual(
      entriesOf(text).map(({ address }) => address),
      [
        { kind: "parameters", region: "us-west-2", name: "A" },
        { kind: "parameters", region: "us-west-2", name: "C:3" },
        { kind: "parameters", region: "us-west-2", name: "C:prod" },
        { kind: "parameters", region: "us-west-2", name: "/app/prod/db" },
        { kind: "secrets", region: "eu-west-1", secretId: "db/main", versionStage: "AWSPREVIOUS" },
        {
          kind: "dynamodb",
          region: "us-east-1",
          table: "Products",
          hash: { name: "id", type: "N", value: "42" },
          consistentRead: true,
          numbers: "string",
        },
        {
          kind: "dynamodb",
          region: "eu-west-1",
          table: "Blobs",
          hash: { name: "id", type: "B", value: "AQID" },
          consistentRead: false,
          numbers: "number",
        },
        {
          kind: "appconfig",
          region: "us-east-1",
          application: "shop",
          environment: "prod",
          profile: "flags",
        },
      ],
    )
    assert.deepStrictEqual(namesOf(text).slice(-4), [
      "db/main",
      "Products-42",
      "Blobs-AQID",
      "shop/prod/flags",
    ])
    assert.strictEqual(plan.onDemand, "allow")
    assert.deepInclude(plan.find("parameters", "arn:aws:ssm:us-east-2:1:parameter/x")?.entry.address, {
      region: "us-east-2",
    })
    assert.deepInclude(plan.find("secrets", "another")?.entry.address, { versionStage: "AWSCURRENT" })
    assert.isUndefined(plan.find("dynamodb", "Table-a"))
    assert.strictEqual(plan.port, 4100)
    assert.deepStrictEqual(plan.emf, { every: 20, namespace: "Shop/Cache" })
    assert.strictEqual(plan.otlpEndpoint, "https://collector.example/otlp")
  })

  it("takes the interval of the metrics for CloudWatch from CACHE_EXTENSION_EMF_EVERY, and the namespace from the file", () => {
    const emfOf = (text: string, emfEvery: number | undefined) => planOf(text, { emfEvery }).emf
    assert.deepStrictEqual(emfOf("", 5), { every: 5, namespace: "CacheExtension" })
    assert.deepStrictEqual(emfOf("metrics: { emf_every: 20, emf_namespace: Shop }", 5), {
      every: 5,
      namespace: "Shop",
    })
    assert.deepStrictEqual(emfOf("metrics: { emf_namespace: Shop }", 5), { every: 5, namespace: "Shop" })
    assert.isUndefined(emfOf("metrics: { emf_namespace: Shop }", undefined))
  })

  it("keeps the order of the file", () => {
    const item = "{table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v}"
    assert.deepStrictEqual(
      namesOf(`dynamodb: [${item}]\nsecrets: [{names: [z, y]}]\nparameters: [{names: [x]}]`),
      ["Tab-v", "z", "y", "x"],
    )
  })

  it("reads a secret at AWSCURRENT unless it says otherwise", () => {
    const [entry] = entriesOf("secrets: [{names: [db]}]")
    assert.deepStrictEqual(entry?.address, {
      kind: "secrets",
      region: "eu-west-1",
      secretId: "db",
      versionStage: "AWSCURRENT",
    })
  })

  it.each([
    ["its own", "{region: us-west-2, names: [A]}", "eu-west-1", "us-west-2"],
    [
      "that of its ARN",
      "{names: ['arn:aws:ssm:ap-south-1:123456789012:parameter/A']}",
      "eu-west-1",
      "ap-south-1",
    ],
    [
      "that of its ARN also where the function has none",
      "{names: ['arn:aws:ssm:ap-south-1:1:parameter/A']}",
      undefined,
      "ap-south-1",
    ],
    ["the function's", "{names: [A]}", "eu-west-1", "eu-west-1"],
  ])("reads a parameter in a region: %s", (_, item, region, expected) => {
    assert.strictEqual(entriesOf(`parameters: [${item}]`, { region })[0]?.address.region, expected)
  })

  it("reads the sections that name a role as that role, the others as the function's own", () => {
    const role = "arn:aws:iam::123456789012:role/reader"
    const text = `
parameters: [{names: [A], paths: [/app/], role_arn: ${role}}, {names: [B]}]
secrets: [{names: [s], role_arn: ${role}}]
dynamodb: [{table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v, role_arn: ${role}}]
appconfig: [{application: a, environment: e, profile: p, role_arn: ${role}}]
`
    assert.deepStrictEqual(
      entriesOf(text).map(({ address }) => address.roleArn),
      [role, role, undefined, role, role, role],
    )
  })

  it("keeps a path beside a parameter of the same name, and once if it is listed twice", () => {
    const plan = planOf("parameters: [{names: [/app], paths: [/app, /app]}]")
    assert.deepStrictEqual(
      Array.from(plan.entries.values(), ({ address }) => address),
      [
        { kind: "parameters", region: "eu-west-1", name: "/app" },
        { kind: "parameters", region: "eu-west-1", path: "/app" },
      ],
    )
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:1:44: parameters[0].paths[1]: "/app" is skipped, as line 1 lists this name already',
    ])
  })

  it("writes numbers of items as the section says, else as the cache does", () => {
    const item = (extra: string) => `{table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v${extra}}`
    const text = `dynamodb: [${item("1")}, ${item("2, numbers: number")}]\ncache: {numbers: string}`
    assert.deepStrictEqual(
      entriesOf(text).map(({ address }) => (address.kind === "dynamodb" ? address.numbers : undefined)),
      ["string", "number"],
    )
  })

  it.each([
    ["a byte order mark", "\uFEFFparameters: [{names: [A]}]"],
    ["Windows line ends", "parameters:\r\n  - names:\r\n      - A\r\n"],
    ["no line end at all", "parameters: [{names: [A]}]"],
    ["JSON", '{"parameters": [{"names": ["A"]}]}'],
    ["tabs between tokens", "parameters:\t[{names:\t[A]}]\t# here"],
    ["document marks", "%YAML 1.2\n---\nparameters: [{names: [A]}]\n...\n"],
    ["YAML 1.1", "%YAML 1.1\n---\nparameters: [{names: [A]}]\n"],
  ])("may be written with %s", (_, text) => {
    assert.deepStrictEqual(namesOf(text), ["A"])
  })

  it("may hold ten thousand names", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `      - name-${index}`)
    const text = ["parameters:", "  - names:", ...names].join("\n")
    assert.strictEqual(planOf(text).entries.size, 10_000)
  })
})

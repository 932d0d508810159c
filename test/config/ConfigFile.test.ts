/**
 * What config.yaml may say and what becomes of it: the original's file, every key, scalars as written, anchors,
 * names listed twice, and whose policy wins.
 */
import { LIMITS } from "../support/entries.ts"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { Entry, EntryKey } from "../../src/domain/Entry.ts"
import { entriesOf, faultsOf, namesOf, ORIGINAL_CONFIG, planOf, readConfig } from "../support/configs.ts"

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

describe("an unquoted scalar", () => {
  it.each([
    "007",
    "1.50",
    "0x10",
    "0o17",
    "1_000",
    "1e3",
    ".5",
    "-0",
    "12345678901234567890123456789",
    ".inf",
    "true",
    "True",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "Null",
    "~",
    "2020-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "12:30:45",
    "=",
    "a b  c",
    "it's",
    "é",
  ])("keeps its text: %s", (text) => {
    const item = `{table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: ${text}}`
    assert.deepStrictEqual(namesOf(`dynamodb: [${item}]`), [`Tab-${text}`])
  })

  it.each([
    ["'it''s'", "it's"],
    ['"tab\\there"', "tab\there"],
    ["|-\n      one\n      two", "one\ntwo"],
    [">-\n      one\n      two", "one two"],
    ["!!str 007", "007"],
    ["'null'", "null"],
    ["' x '", " x "],
  ])("differs from a quoted or folded one, which is read as YAML says: %s", (written, text) => {
    const item = `  - table: Tab\n    hashkey: k\n    hashkeytype: S\n    hashkeyvalue: ${written}`
    assert.deepStrictEqual(namesOf(`dynamodb:\n${item}`), [`Tab-${text}`])
  })
})

describe("anchors, aliases and merge keys", () => {
  it("share values between items", () => {
    const text = `
parameters:
  - &west
    region: us-west-2
    ttl: &short 10s
    names: &names [A, B]
  - <<: *west
    names: [C]
  - names: [D]
    ttl: *short
secrets:
  - names: *names
`
    assert.deepStrictEqual(
      entriesOf(text).map(({ key, address, policy }) => [key, address.region, policy.ttl]),
      [
        ["parameters:A", "us-west-2", 10_000],
        ["parameters:B", "us-west-2", 10_000],
        ["parameters:C", "us-west-2", 10_000],
        ["parameters:D", "eu-west-1", 10_000],
        ["secrets:A", "eu-west-1", HOUR],
        ["secrets:B", "eu-west-1", HOUR],
      ],
    )
  })

  it("may stand under a key of one's own that starts with x-", () => {
    const text = "x-common: &common {region: us-west-2, ttl: 5s}\nparameters: [{<<: *common, names: [A]}]"
    const [entry] = entriesOf(text)
    assert.strictEqual(entry?.address.region, "us-west-2")
    assert.strictEqual(entry?.policy.ttl, 5_000)
  })

  it("let a mapping's own keys win, then earlier sources, wherever the merge key stands", () => {
    const text = `
x-a: &a {region: us-east-1, ttl: 1s}
x-b: &b {region: us-east-2, ttl: 2s, negative_ttl: 3s}
parameters:
  - region: us-west-1
    <<: [*a, *b]
    names: [A]
`
    const [entry] = entriesOf(text)
    assert.strictEqual(entry?.address.region, "us-west-1")
    assert.strictEqual(entry?.policy.ttl, 1_000)
    assert.strictEqual(entry?.policy.negativeTtl, 3_000)
  })

  it("mean the latest anchor of a name", () => {
    const text = "x-1: &n one\nx-2: &n two\nparameters: [{names: [*n]}]"
    assert.deepStrictEqual(namesOf(text), ["two"])
  })

  it("name a merge key only where it is not quoted", () => {
    assert.match(faultsOf("parameters: [{'<<': {region: us-west-2}, names: [A]}]")[0] ?? "", /an unknown key/)
  })
})

describe("a name listed twice", () => {
  it("counts once, and is reported with both places", () => {
    const plan = planOf("parameters:\n  - names:\n      - A\n      - A\n      - B\n")
    assert.deepStrictEqual(Array.from(plan.entries.keys()), ["parameters:A", "parameters:B"])
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:4:9: parameters[0].names[1]: "A" is skipped, as line 3 lists this name already',
    ])
  })

  it("keeps the first region, as in the original", () => {
    const plan = planOf(
      "parameters:\n  - {region: us-west-2, names: [A]}\n  - {region: us-east-1, names: [A]}\n",
    )
    assert.strictEqual(plan.entries.get("parameters:A")?.address.region, "us-west-2")
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:3:33: parameters[1].names[0]: "A" is skipped, as line 2 lists this name already for something else',
    ])
  })

  it("is noticed among secrets", () => {
    const plan = planOf(
      "secrets:\n  - names: [A]\n  - {names: [A], version_stage: AWSPENDING}\nserver: {token: off}\n",
    )
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:3:14: secrets[1].names[0]: "A" is skipped, as line 2 lists this name already for something else',
    ])
  })

  it("is noticed among items, also where two keys make one name", () => {
    const item = (table: string, hash: string, sort: string) =>
      `  - {table: ${table}, hashkey: h, hashkeytype: S, hashkeyvalue: ${hash}, sortkey: s, sortkeytype: S, sortkeyvalue: ${sort}}\n`
    const plan = planOf(
      `dynamodb:\n${item("Tab", "a-b", "c")}${item("Tab", "a", "b-c")}${item("Tab", "a-b", "c")}`,
    )
    assert.strictEqual(plan.entries.size, 1)
    assert.deepStrictEqual(plan.warnings, [
      'config.yaml:3:5: dynamodb[1]: "Tab-a-b-c" is skipped, as line 2 lists this name already for something else',
      'config.yaml:4:5: dynamodb[2]: "Tab-a-b-c" is skipped, as line 2 lists this name already',
    ])
  })

  it("is no matter in sections of different kinds", () => {
    const plan = planOf("parameters: [{names: [A]}]\nsecrets: [{names: [A]}]\nserver: {token: off}")
    assert.deepStrictEqual(Array.from(plan.entries.keys()), ["parameters:A", "secrets:A"])
    assert.deepStrictEqual(plan.warnings, [])
  })
})

describe("secrets that are listed without a word about the token", () => {
  const REFERENCE = "parameters: [{names: [/aws/reference/secretsmanager/s]}]"

  it.each(["secrets: [{names: [s]}]", REFERENCE, `${REFERENCE}\nserver: {port: 4001}`])(
    "are warned of, once: %s",
    (text) => {
      assert.deepStrictEqual(planOf(text).warnings, [UNDECIDED])
    },
  )

  it.each(["", "parameters: [{names: [s]}]", "server: {port: 4001}"])("are not warned of in %j", (text) => {
    assert.deepStrictEqual(planOf(text).warnings, [])
  })

  it.each(["off", "required"])("are not warned of where somebody has decided: %s", (token) => {
    const text = `secrets: [{names: [s]}]\nserver: {token: ${token}}`
    assert.deepStrictEqual(planOf(text).warnings, [])
  })
})

describe("the policy of an entry", () => {
  const text = `
parameters:
  - {names: [A], ttl: 10s, stale_if_error: 1s}
  - {names: [B]}
cache: {ttl: 20s, stale_while_revalidate: 2s, negative_ttl: 3s}
`
  const policies = (ttl?: number) => entriesOf(text, { ttl }).map(({ policy }) => policy)

  it("is the section's, then the cache's, then the default", () => {
    assert.deepStrictEqual(policies(), [
      {
        ttl: 10_000,
        staleWhileRevalidate: 2_000,
        staleIfError: 1_000,
        staleIfDenied: 5 * MINUTE,
        negativeTtl: 3_000,
      },
      {
        ttl: 20_000,
        staleWhileRevalidate: 2_000,
        staleIfError: 24 * HOUR,
        staleIfDenied: 5 * MINUTE,
        negativeTtl: 3_000,
      },
    ])
  })

  it.each([7_000, 0, -1_000])("has the ttl of CACHE_EXTENSION_TTL before all others: %d ms", (ttl) => {
    assert.deepStrictEqual(
      policies(ttl).map((policy) => policy.ttl),
      [ttl, ttl],
    )
    assert.strictEqual(planOf(text, { ttl }).defaultPolicy.ttl, ttl)
  })

  it("holds for names that are not listed as the cache says", () => {
    assert.deepStrictEqual(planOf(text).defaultPolicy, {
      ttl: 20_000,
      staleWhileRevalidate: 2_000,
      staleIfError: 24 * HOUR,
      staleIfDenied: 5 * MINUTE,
      negativeTtl: 3_000,
    })
  })
})

describe("any text at all", () => {
  it.each([
    ["nothing but brackets", "[".repeat(100_000)],
    ["nothing but dashes", "- ".repeat(50_000)],
    ["nothing but braces", "{".repeat(100_000)],
    ["nested question marks", "? ".repeat(50_000)],
    ["an anchor that holds itself", "parameters: &a [*a]"],
    ["control characters", "\u0000\u0001\u0007"],
    ["__proto__", "__proto__: {names: [A]}"],
    ["constructor", "constructor: x"],
  ])("is refused in words, not with a crash: %s", (_, text) => {
    const result = readConfig(text)
    assert.isTrue(Result.isFailure(result))
  })
})

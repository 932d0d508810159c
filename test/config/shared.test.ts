/**
 * The section `shared` of config.yaml: the plan that it makes, what it refuses with which line, and which entries it shares.
 */
import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import type { ConfigContext } from "../../src/config/ConfigFile.ts"
import { KINDS, kinds } from "../../src/kinds/kinds.ts"
import { isShared } from "../../src/config/shared/plan.ts"
import { parseStoreUrl } from "../../src/config/shared/storeUrl.ts"
import { faultsOf, planOf } from "../support/configs.ts"

/** The environment of a function, as the extension knows it. */
const FUNCTION: Partial<ConfigContext> = {
  functionName: "shop",
  tokens: { fixed: [Redacted.make("token")], file: undefined },
}

const sharedOf = (text: string, context: Partial<ConfigContext> = FUNCTION) => planOf(text, context).shared

describe("a store", () => {
  it.each([
    ["dynamodb://shared_Table.1", { _tag: "DynamoDb", table: "shared_Table.1" }],
    ["valkey://cache", { _tag: "Redis", host: "cache", port: 6379, isTls: false }],
    ["redis://10.0.0.7:6380", { _tag: "Redis", host: "10.0.0.7", port: 6380, isTls: false }],
    ["valkeys://cache.example.com:1", { _tag: "Redis", host: "cache.example.com", port: 1, isTls: true }],
    ["rediss://[::1]:6379", { _tag: "Redis", host: "::1", port: 6379, isTls: true }],
    ["REDISS://cache", { _tag: "Redis", host: "cache", port: 6379, isTls: true }],
  ])("may be %s", (text, url) => {
    assert.deepStrictEqual<unknown>(parseStoreUrl(text), Result.succeed(url))
  })

  it.each([
    ["cache:6379", "it has no scheme"],
    ["memcached://cache", "there is no engine for the scheme memcached"],
    ["http://cache", "there is no engine for the scheme http"],
    ["redis://", "it has no valid host"],
    ["redis://cache:0", "the port is not from 1 to 65535"],
    ["redis://cache:70000", "the port is not from 1 to 65535"],
    ["redis://cache/0", "nothing may follow the port"],
    ["redis://a b", "it has no valid host"],
    ["dynamodb://a", "it has fewer than 3 characters"],
    ["dynamodb://shared/x", 'there is the character "/" in it'],
    [
      "dynamodb://arn:aws:dynamodb:eu-west-1:1:table/shared",
      "write the table's name, and its region in the key region",
    ],
    ["redis://${HOST}", "${HOST} in it is a variable that nothing has expanded"],
  ])("cannot be %s: %s", (text, fault) => {
    assert.deepStrictEqual(parseStoreUrl(text), Result.fail(fault))
  })

  it("with a password in its URL is refused in words that do not repeat it", () => {
    const [fault = "", ...more] = faultsOf("shared: { store: 'rediss://shop:hunter2@cache:6379' }", FUNCTION)
    assert.include(fault, "username and password are keys of their own")
    assert.notInclude(fault, "hunter2")
    assert.deepStrictEqual(more, [])
  })

  it.each(["password", "encryption"])(
    "with a text as its %s is refused in words that do not repeat it",
    (key) => {
      const [fault = ""] = faultsOf(`shared: { store: "valkeys://cache", ${key}: hunter2 }`, FUNCTION)
      assert.include(fault, `shared.${key}: found a text; allowed: a mapping with the keys`)
    },
  )
})

describe("the plan of the shared tier", () => {
  it("is none without the section, nor if no kind is shared", () => {
    assert.isUndefined(sharedOf("parameters: [{ names: [A] }]"))
    assert.isUndefined(sharedOf("shared: { store: dynamodb://shared, kinds: [] }"))
  })

  it("has the function's name as namespace, 50 ms of time and every kind unless the file says otherwise", () => {
    assert.deepStrictEqual(sharedOf("shared: { store: dynamodb://shared }"), {
      store: { _tag: "DynamoDb", table: "shared", region: "eu-west-1" },
      namespace: "shop",
      timeout: 50,
      kinds: new Set(KINDS),
    })
    assert.deepStrictEqual<unknown>(
      sharedOf(
        "shared: { store: dynamodb://shared, region: us-east-1, namespace: all, timeout: 20ms, kinds: [dynamodb] }",
      ),
      {
        store: { _tag: "DynamoDb", table: "shared", region: "us-east-1" },
        namespace: "all",
        timeout: 20,
        kinds: new Set(["dynamodb"]),
      },
    )
  })

  it.each([
    ["kms_key: alias/shop", { _tag: "Kms", keyId: "alias/shop", region: "eu-west-1" }],
    [
      "kms_key: 'arn:aws:kms:us-east-1:123456789012:key/1'",
      { _tag: "Kms", keyId: "arn:aws:kms:us-east-1:123456789012:key/1", region: "us-east-1" },
    ],
    [
      "secret: cache-key",
      {
        _tag: "Key",
        address: { kind: "secrets", region: "eu-west-1", secretId: "cache-key", versionStage: "AWSCURRENT" },
      },
    ],
    [
      "parameter: /cache/key",
      { _tag: "Key", address: { kind: "parameters", region: "eu-west-1", name: "/cache/key" } },
    ],
  ])("has the key of the encryption: %s", (line, encryption) => {
    const text = `shared: { store: dynamodb://shared, encryption: { ${line} } }`
    assert.deepStrictEqual<unknown>(sharedOf(text)?.encryption, encryption)
  })

  it("has the login of Valkey or Redis: a password in a secret, or a token of IAM", () => {
    const login = (line: string) => {
      const store = sharedOf(`shared: { store: valkeys://cache, ${line} }`)?.store
      return store?._tag === "Redis" ? store.login : undefined
    }
    const secret = { kind: "secrets", region: "eu-west-1", secretId: "s", versionStage: "AWSCURRENT" }
    assert.deepStrictEqual<unknown>(login("username: shop, password: { secret: s, json: /password }"), {
      _tag: "Password",
      username: "shop",
      secret,
      json: "/password",
    })
    assert.deepStrictEqual(login("iam: { user: shop, cache: main }"), {
      _tag: "Iam",
      user: "shop",
      cache: "main",
      region: "eu-west-1",
    })
  })

  it("takes what the fleet has in common, key by key", () => {
    const common = { shared: { store: "dynamodb://shared", timeout: "30ms", namespace: "all" } }
    assert.deepInclude(sharedOf("parameters: []", { ...FUNCTION, common }), { namespace: "all", timeout: 30 })
    assert.deepInclude(sharedOf("shared: { timeout: 10ms }", { ...FUNCTION, common }), {
      namespace: "all",
      timeout: 10,
    })
    assert.deepStrictEqual(
      faultsOf("parameters: []", { ...FUNCTION, common: { shared: { timeout: "1s" } } }),
      [
        "config.yaml:1:1: shared.store (by CACHE_EXTENSION_DEFAULTS): found nothing; allowed: dynamodb://<table>, or valkey://<host>:<port> or redis://<host>:<port>, with TLS valkeys:// or rediss://",
      ],
    )
  })
})

describe("what is refused", () => {
  it.each([
    ["shared:", "1:8: shared: found nothing; allowed: a mapping with the keys store,"],
    ["shared: { timeout: 1s }", "1:9: shared.store: found nothing; allowed: dynamodb://<table>,"],
    [
      "shared: { store: dynamodb://shared, encryption: {} }",
      "1:49: shared.encryption: found none of its keys; allowed: one of kms_key, secret, parameter",
    ],
    [
      "shared: { store: dynamodb://shared, encryption: { kms_key: alias/a, secret: b } }",
      "1:49: shared.encryption: found kms_key and secret; allowed: one of",
    ],
    [
      "shared: { store: dynamodb://shared, username: shop, password: { secret: s } }",
      "1:47: shared.username: found it, and a store in DynamoDB; allowed: nothing:",
    ],
    [
      "shared: { store: valkeys://cache, iam: { user: u, cache: c }, password: { secret: s } }",
      "1:40: shared.iam: found it beside username or password;",
    ],
    [
      "shared: { store: valkey://cache, iam: { user: u, cache: c } }",
      "1:39: shared.iam: found it, and a store without TLS;",
    ],
    [
      "shared: { store: valkey://cache, username: shop }",
      "1:44: shared.username: found it without password;",
    ],
    ["shared: { store: dynamodb://shared, colour: red }", "1:37: shared.colour: found an unknown key;"],
  ])("%s", (text, fault) => {
    const [first = ""] = faultsOf(text, FUNCTION)
    assert.isTrue(first.startsWith(`config.yaml:${fault}`), first)
  })

  it("a namespace that nobody has named, where the function has no name", () => {
    const nameless = { ...FUNCTION, functionName: undefined }
    const [fault = ""] = faultsOf("shared: { store: dynamodb://shared }", nameless)
    assert.include(fault, "shared.namespace: found nothing, and AWS_LAMBDA_FUNCTION_NAME is not set;")
    const named = "shared: { store: dynamodb://shared, namespace: a }"
    assert.deepStrictEqual(faultsOf(named, nameless), ["accepted"])
  })

  it("a region that nobody has named, unless nothing is called with one", () => {
    const nowhere = { ...FUNCTION, region: undefined }
    const [fault = ""] = faultsOf("shared: { store: dynamodb://shared }", nowhere)
    assert.include(fault, "shared.region: found nothing, and AWS_REGION is not set;")
    assert.deepStrictEqual(faultsOf("shared: { store: 'redis://cache' }", nowhere), ["accepted"])
  })

  it("secrets and parameters without encryption, each item with its line", () => {
    const text = `shared: { store: dynamodb://shared }
parameters:
  - names: [A, B]
  - names: [C]
    shared: plain
  - names: [/aws/reference/secretsmanager/s]
    shared: plain
secrets:
  - names: [db]
  - names: [other]
    shared: false
`
    const faults = faultsOf(text, FUNCTION)
    assert.deepStrictEqual(
      faults.map((fault) => fault.split(":").slice(1, 4).join(":")),
      ["3:5: parameters[0]", "6:5: parameters[2]", "9:5: secrets[0]"],
    )
    assert.match(faults[0] ?? "", /shared: plain if none of them is a SecureString$/)
    assert.match(faults[2] ?? "", /shared\.encryption, shared\.kinds without secrets, or here shared: false$/)
  })

  it("URLs that are asked with a secret, without encryption", () => {
    const text = `shared: { store: dynamodb://shared }
http:
  - url: https://example.com/public.json
  - url: https://example.com/private.json
    headers: [{ name: Authorization, secret: api-token }]
`
    const [fault = "", ...others] = faultsOf(text, FUNCTION)
    assert.include(fault, "4:5: http[1]: found secrets that are shared without encryption;")
    assert.deepStrictEqual(others, [])
  })
})

describe("shared: plain", () => {
  it.each(KINDS)("is a value of the key in %s only if the kind says what it declares", (kind) => {
    const item = `{ names: [A], shared: plain }`
    const refused = faultsOf(`shared: { store: dynamodb://shared, kinds: [] }\n${kind}: [${item}]`, FUNCTION)
    const isRefused = refused.some((fault) => /\.shared: found "plain"/.test(fault))
    assert.strictEqual(isRefused, kinds[kind].plainIf === undefined, refused.join("\n"))
  })
})

describe("which entries are shared", () => {
  const shares = (text: string) => {
    const { entries, shared } = planOf(text, FUNCTION)
    return Array.from(entries.values()).map(
      (entry) => shared !== undefined && isShared(shared, entry) && entry.name,
    )
  }
  const STORE = "store: dynamodb://shared"

  it("all of an encrypted tier, except those whose section or kind says no", () => {
    const encryption = "encryption: { kms_key: alias/shop }"
    const lists = `
parameters: [{ names: [A] }, { names: [B], shared: false }]
secrets: [{ names: [S] }]
`
    assert.deepStrictEqual(shares(`shared: { ${STORE}, ${encryption} }${lists}`), ["A", false, "S"])
    assert.deepStrictEqual(shares(`shared: { ${STORE}, ${encryption}, kinds: [secrets] }${lists}`), [
      false,
      false,
      "S",
    ])
  })

  it("without encryption items, configurations and parameters that are declared to be no secrets", () => {
    const lists = `
parameters: [{ names: [A], shared: plain }, { names: [B], shared: false }]
appconfig: [{ application: a, environment: e, profile: p }]
`
    assert.deepStrictEqual(shares(`shared: { ${STORE} }${lists}`), ["A", false, "a/e/p"])
  })

  it("versions and members of a path as the listed entry is", () => {
    const plan = planOf(
      `on_demand: allow
shared: { ${STORE} }
parameters: [{ names: [A], shared: plain }, { paths: [/app/], shared: false }]
`,
      FUNCTION,
    )
    const isSharedName = (name: string, selector = {}) => {
      const found = plan.find("parameters", name, selector)
      const entry = found?.alone ?? found?.entry
      return plan.shared !== undefined && entry !== undefined && isShared(plan.shared, entry)
    }
    assert.isTrue(isSharedName("A", { version: "3" }))
    assert.isFalse(isSharedName("/app/x"))
    // Nobody has declared that an unlisted one is no secret.
    assert.isFalse(isSharedName("/other"))
  })
})

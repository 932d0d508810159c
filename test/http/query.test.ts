import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { VersionSelector } from "../../src/kinds/Section.ts"
import { KINDS } from "../../src/kinds/kinds.ts"
import { MAX_NAMES, type Purpose, type Query, parseQuery } from "../../src/http/query.ts"

/** The query of `GET <url>`, or the words it is refused with. */
const read = (url: string, purpose: Purpose = "read"): Query | string => {
  const kind = KINDS.find((kind) => url.startsWith(`/${kind}`)) ?? "parameters"
  return Result.merge(parseQuery(purpose, kind, url))
}

const byNames = (name: string, ...more: ReadonlyArray<string>) =>
  ({ _tag: "ByNames", names: [name, ...more], selector: {} }) as const

/** How a client writes it. */
const nameKey = (name: string) => `name=${encodeURIComponent(name)}`

const Name = Schema.NonEmptyString.check(Schema.isMaxLength(60))

describe("parseQuery", () => {
  it("reads a name with slashes, dashes, blanks and non-ASCII letters", () => {
    assert.deepStrictEqual(
      read("/parameters?name=/aws/reference/secretsmanager/secret_info"),
      byNames("/aws/reference/secretsmanager/secret_info"),
    )
    assert.deepStrictEqual(read("/dynamodb?name=T-a%20b-%C3%A9"), byNames("T-a b-é"))
  })

  it("reads + as a blank and %2B as a plus sign", () => {
    assert.deepStrictEqual(read("/secrets?name=a+b%2Bc"), byNames("a b+c"))
  })

  it.prop(
    "reads back all names that a client encodes, in their order",
    { first: Name, names: Schema.Array(Name), plus: Schema.Boolean },
    ({ first, names, plus }) => {
      const [one = "", ...more] = new Set(
        // What stands for bytes that are no text is refused.
        [first, ...names].map((name) => name.toWellFormed().replaceAll("\uFFFD", "?")),
      )
      const wellFormed = [one, ...more.slice(0, MAX_NAMES - 1)] as const
      const query = wellFormed.map(nameKey).join("&")
      const url = `/parameters?${plus ? query.replaceAll("%20", "+") : query}`
      assert.deepStrictEqual(read(url), byNames(...wellFormed))
    },
  )

  it.prop("answers every text with a query or with words", [Schema.String], ([text]) => {
    const query = read(`/secrets?${text}`)
    assert.isNotEmpty(typeof query === "string" ? query : query._tag === "ByNames" ? query.names : query.path)
  })

  it("reads the version that is asked for", () => {
    const withSelector = (selector: VersionSelector) => ({ ...byNames("A"), selector })
    assert.deepStrictEqual(read("/parameters?name=A&version=3"), withSelector({ version: "3" }))
    assert.deepStrictEqual(read("/parameters?label=live&name=A"), withSelector({ label: "live" }))
    assert.deepStrictEqual(
      read("/secrets?name=A&versionId=v-1&versionStage=AWSPREVIOUS"),
      withSelector({ versionId: "v-1", versionStage: "AWSPREVIOUS" }),
    )
  })

  it("reads a JSON pointer as the tokens it consists of", () => {
    assert.deepStrictEqual(read("/dynamodb?name=T-1&json=/a~1b/0/m~0n"), {
      ...byNames("T-1"),
      field: ["a/b", "0", "m~n"],
    })
  })

  it("reads a path of Parameter Store", () => {
    assert.deepStrictEqual(read("/parameters?path=/app/prod/"), { _tag: "ByPath", path: "/app/prod/" })
    assert.deepStrictEqual(read("/parameters?path=/app&json=/~1app~1x"), {
      _tag: "ByPath",
      path: "/app",
      field: ["/app/x"],
    })
  })

  const PARAMETERS =
    "allowed: name (may be repeated), path (instead of name), json, as (instead of json), version, label (instead of version)"
  const SECRETS = "allowed: name (may be repeated), json, versionId, versionStage"
  const ITEMS = "allowed: name (may be repeated), json, hashkeyvalue, sortkeyvalue"

  it.each([
    ["/parameters", `the query key name is missing; ${PARAMETERS}`],
    ["/secrets?versionId=x", `the query key name is missing; ${SECRETS}`],
    ["/parameters?name=", `the query key name is empty; ${PARAMETERS}`],
    ["/parameters?name", `the query key name is empty; ${PARAMETERS}`],
    ["/parameters?name=A&name=", `the query key name is empty; ${PARAMETERS}`],
    ["/dynamodb?name=A&json=", `the query key json is empty; ${ITEMS}`],
    ["/parameters?nam=A", `unknown query key "nam"; ${PARAMETERS}`],
    ["/parameters?Name=A", `unknown query key "Name"; ${PARAMETERS}`],
    ["/parameters?name=A&versionId=1", `unknown query key "versionId"; ${PARAMETERS}`],
    ["/secrets?name=A&version=1", `unknown query key "version"; ${SECRETS}`],
    ["/secrets?path=/a", `unknown query key "path"; ${SECRETS}`],
    ["/dynamodb?name=A&label=x", `unknown query key "label"; ${ITEMS}`],
    ["/dynamodb?name=A&=x", `unknown query key ""; ${ITEMS}`],
    [
      "/parameters?name=A&version=1&version=2",
      `the query key version occurs 2 times; once is allowed; ${PARAMETERS}`,
    ],
    ["/parameters?path=/a&name=A", `the query keys path and name exclude each other; ${PARAMETERS}`],
    ["/parameters?path=/a&label=x", `the query keys path and label exclude each other; ${PARAMETERS}`],
    [
      "/parameters?name=A&version=1&label=x",
      `the query keys version and label exclude each other; ${PARAMETERS}`,
    ],
    ["/parameters?name=A&version=0", 'the query key version is "0"; allowed is a whole number from 1'],
    ["/parameters?name=A&version=1.5", 'the query key version is "1.5"; allowed is a whole number from 1'],
    [
      "/parameters?name=A&label=a%20b",
      'the query key label is "a b"; there is a blank in it; allowed are a-z, A-Z, 0-9, _, . and -',
    ],
    [
      "/parameters?name=A&label=x%0AFORGED",
      'the query key label is "x\\nFORGED"; there is a control character in it',
    ],
    ["/parameters?name=A&label=1a", 'the query key label is "1a"; a label does not begin with a digit'],
    [
      `/parameters?name=A&label=${"l".repeat(101)}`,
      `the query key label is "${"l".repeat(99)}…"; it has 101 characters; 100 are allowed`,
    ],
    [
      `/secrets?name=A&versionId=${"v".repeat(65)}`,
      `the query key versionId is "${"v".repeat(65)}"; it has 65 characters; 64 are allowed`,
    ],
    [
      `/secrets?name=A&versionStage=${"s".repeat(257)}`,
      `the query key versionStage is "${"s".repeat(99)}…"; it has 257 characters; 256 are allowed`,
    ],
    ["/secrets?name=A&versionStage=%20", 'the query key versionStage is " "; there are blanks around it'],
    ["/parameters?name=A&name=B&name=A", 'the name "A" occurs 2 times in the query; once is allowed'],
    ["/parameters?name=%zz", '"%zz" in the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)'],
    ["/parameters?n%E0%A4=A", '"n%E0%A4" in the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)'],
    [
      "/parameters?name=A&json=%23/a",
      'the query key json is "#/a": the form of a URI fragment is not allowed; write the pointer as /field or /list/0',
    ],
    [
      "/parameters?name=A&json=a",
      'the query key json is "a": a JSON pointer begins with /, as in /field or /list/0 (RFC 6901)',
    ],
    [
      "/parameters?name=A&json=/~2",
      'the query key json is "/~2": in a JSON pointer, ~ is written ~0 and / in a key is written ~1 (RFC 6901)',
    ],
  ])("refuses %s", (url, words) => {
    assert.strictEqual(read(url), words)
  })

  it.each(["%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%FF", "a%80", "%EF%BF%BD", "\uFFFD"])(
    "refuses %s: it is not UTF-8, or stands for what was none",
    (text) => {
      const words = `"${text}" in the query is not percent-encoded UTF-8 (RFC 3986, section 2.1)`
      assert.strictEqual(read(`/parameters?name=${text}`), words)
    },
  )

  it("reads the flags that are wanted of a configuration, in their order", () => {
    assert.deepStrictEqual(read("/appconfig?name=a/b/c&flag=beta&flag=A+b"), {
      ...byNames("a/b/c"),
      members: ["beta", "A b"],
    })
    const flags = ["f", ...Array.from({ length: MAX_NAMES - 1 }, (_, index) => `f${index}`)] as const
    const ask = (wanted: ReadonlyArray<string>) =>
      read(`/appconfig?name=a/b/c${wanted.map((flag) => `&flag=${flag}`).join("")}`)
    assert.deepStrictEqual(ask(flags), { ...byNames("a/b/c"), members: flags })
    assert.strictEqual(ask([...flags, "more"]), "the query key flag occurs 101 times; 100 are allowed")
  })

  it("reads the form that is wanted of parameters", () => {
    assert.deepStrictEqual(read("/parameters?name=A&as=list&version=3"), {
      ...byNames("A"),
      selector: { version: "3" },
      form: "list",
    })
  })

  const CONFIGURATIONS = "allowed: name (may be repeated), json, flag (may be repeated; instead of json)"

  it.each([
    ["&flag=", `the query key flag is empty; ${CONFIGURATIONS}`],
    ["&flag=a&json=/a", `the query keys json and flag exclude each other; ${CONFIGURATIONS}`],
    ["&flag=a&flag=b&flag=a", 'the flag "a" occurs 2 times in the query; once is allowed'],
    ["&flag=%20a", 'the query key flag is " a"; there are blanks around it'],
    ["&flag=a%0A.b", 'the query key flag is "a\\n.b"; there is a control character in it'],
    [
      `&flag=${"f".repeat(65)}`,
      `the query key flag is "${"f".repeat(65)}"; it has 65 characters; 64 are allowed`,
    ],
  ])("refuses the flags of %s", (flags, words) => {
    assert.strictEqual(read(`/appconfig?name=a/b/c${flags}`), words)
  })

  it("refuses a flag of what is no configuration, and to forget one", () => {
    assert.strictEqual(read("/dynamodb?name=T-1&flag=a"), `unknown query key "flag"; ${ITEMS}`)
    assert.strictEqual(
      read("/appconfig?name=a/b/c&flag=a", "forget"),
      'unknown query key "flag"; allowed: name (may be repeated)',
    )
  })

  it("refuses to forget a field", () => {
    assert.deepStrictEqual(read("/secrets?name=A", "forget"), byNames("A"))
    assert.strictEqual(
      read("/secrets?name=A&json=/a", "forget"),
      'unknown query key "json"; allowed: name (may be repeated), versionId, versionStage',
    )
  })

  it("takes 100 names of 2,048 characters, and refuses more of either", () => {
    const long = (count: number) =>
      Array.from({ length: count }, (_, index) => `${index}-`.padEnd(2_048, "x"))
    const ask = (names: ReadonlyArray<string>) => read(`/secrets?${names.map(nameKey).join("&")}`)
    const [first = "", ...others] = long(100)
    assert.deepStrictEqual(ask([first, ...others]), byNames(first, ...others))
    assert.strictEqual(ask(long(101)), "the query has 101 names; 100 are allowed")
    assert.strictEqual(
      ask(["x".repeat(2_049)]),
      "the query key name has 2049 characters; 2048 are allowed under secrets",
    )
    assert.strictEqual(
      read(`/parameters?path=/${"x".repeat(2_048)}`),
      "the query key path has 2049 characters; 2048 are allowed under parameters",
    )
  })

  it("repeats of what it found no more than a reader needs", () => {
    const words = read(`/secrets?${"k".repeat(5_000)}=1`)
    if (typeof words !== "string") assert.fail("it was not refused")
    assert.isBelow(words.length, 300)
  })
})

/**
 * docs/configuration.md against the code: every key and every variable is there, every example is accepted, every
 * wrong one is refused in the words that the page shows.
 */
import { assert, describe, it } from "@effect/vitest"
import { Predicate, Result } from "effect"
import { readdirSync } from "node:fs"
import path from "node:path"
import { readConfig } from "../support/configs.ts"
import * as defaults from "../../src/domain/defaults.ts"
import { makeJsonSchema } from "../../src/config/jsonSchema.ts"
import { defaultMaxBytes } from "../../src/config/limits.ts"
import { readSettings } from "../../src/config/Settings.ts"
import { LAMBDA_OPEN_FILES, RESERVED_FILES } from "../../src/host/nodeServers.ts"
import { attemptTimeoutIn } from "../../src/domain/defaults.ts"
import { blocksOf, codesIn, ROOT, tablesOf, textOf } from "./markdown.ts"

const PAGE = textOf("docs/configuration.md")

/** The pages with tables of keys. */
const KEY_PAGES = [
  PAGE,
  ...["shared-engines", "dynamodb", "s3", "sql", "urls"].map((page) => textOf(`docs/${page}.md`)),
]

/** A row about a key or a variable. */
interface Row {
  readonly name: string
  readonly fallback: string
  readonly example: string
  /** What is refused, and in which words; empty where nothing is. */
  readonly wrong: string
  readonly message: string
}

const rowsOf = (page: string, name: string, type: string): ReadonlyArray<Row> =>
  tablesOf(page, name, type, "default", "example", "wrong", "message").map((cells) => {
    const [name = "", , fallback = "", example = "", wrong = "", message = ""] = cells
    return { name, fallback, example, wrong, message }
  })

const rows = KEY_PAGES.flatMap((page) => rowsOf(page, "key", "type"))
const variables = rowsOf(PAGE, "variable", "value")
const POLICY_KEYS = new Set([
  "ttl",
  "stale_while_revalidate",
  "stale_if_error",
  "stale_if_denied",
  "negative_ttl",
])

/** The least that an item of a section needs beside the key in question. */
const ITEMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  parameters: { names: "[A]", paths: "[/a/]" },
  secrets: { names: "[A]" },
  dynamodb: {
    table: "Orders",
    hashkey: "id",
    hashkeytype: "S",
    hashkeyvalue: "one",
    sortkey: "day",
    sortkeytype: "S",
    sortkeyvalue: "monday",
  },
  appconfig: { application: "shop", environment: "prod", profile: "flags" },
  s3: { bucket: "shop-data", key: "rates.json" },
  http: { url: "https://example.com/keys.json" },
  sql: {
    name: "open-orders",
    resource_arn: "arn:aws:rds:eu-west-1:123456789012:cluster:shop",
    secret_arn: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
    statement: "SELECT id FROM orders WHERE state = :state",
    parameters: "[{ name: state, value: open }]",
  },
  tables: { table: "Orders", hashkey: "id", hashkeytype: "S", sortkey: "day", sortkeytype: "S" },
}

/** The least of a parameter of a statement. */
const PARAMETER: Readonly<Record<string, string>> = { name: "state", value: "open" }

/** A parameter with this line: `sql[].parameters[].type`. */
const parameterWith = (name: string, line: string): string => {
  const others = Object.entries(PARAMETER).filter(([other]) => other !== name)
  return `[{ ${[line, ...others.map(([other, value]) => `${other}: ${value}`)].join(", ")} }]`
}

/** The lines that a key of `shared` needs beside it, unless the key is among them. */
const SHARED: Readonly<Record<string, string>> = {
  username: "store: rediss://cache:6379, password: { secret: db/redis }",
  password: "store: rediss://cache:6379",
  iam: "store: rediss://cache:6379",
  kinds: "store: dynamodb://shared",
}

/** The least file with a key of `shared`: `shared.encryption.kms_key`, `shared.store`. */
const sharedFile = (key: string, line: string): string => {
  const [, top = "", below] = key.split(".")
  const written = below === undefined ? line : `${top}: { ${siblings(key)}${line} }`
  const others = top === "store" ? "" : `, ${SHARED[top] ?? "store: dynamodb://shared"}`
  return `shared: { ${written}${others} }\n`
}

/** What stands beside a key of a mapping in a section, or below `shared`. */
const siblings = (key: string): string => {
  if (key === "dynamodb[].query.to") return "condition: between, "
  if (key === "shared.password.json") return "secret: db/redis, "
  if (key === "shared.iam.user") return "cache: shop, "
  return key === "shared.iam.cache" ? "user: shop, " : ""
}

/** What a key of a header needs beside it. */
const HEADER: Readonly<Record<string, string>> = {
  name: "value: x",
  value: "name: X-A",
  secret: "name: X-A",
  json: "name: X-A, secret: s",
  prefix: "name: X-A, secret: s",
}

/** The key's own line within the least file that it may stand in. */
const fileWith = (key: string, line: string): string => {
  const [, ofHeader] = /^http\[\]\.headers\[\]\.(\w+)$/.exec(key) ?? []
  if (ofHeader !== undefined)
    return fileWith("http[].headers", `headers: [{ ${line}, ${HEADER[ofHeader] ?? ""} }]`)
  const [, ofParameter] = /^sql\[\]\.parameters\[\]\.(\w+)$/.exec(key) ?? []
  if (ofParameter !== undefined)
    return fileWith("sql[].parameters", `parameters: ${parameterWith(ofParameter, line)}`)
  const [, section = "", name = "", below] = /^(\w+)\[\]\.(\w+)(?:\.(\w+))?$/.exec(key) ?? []
  const item = ITEMS[section]
  if (item !== undefined) {
    const others = Object.entries(item).filter(([other]) => other !== name)
    const written = below === undefined ? line : `${name}: { ${siblings(key)}${line} }\n    name: mine`
    const lines = [written, ...others.map(([other, value]) => `${other}: ${value}`)]
    return `${section}:\n  - ${lines.join("\n    ")}\n`
  }
  const [parent = "", child] = key.split(".")
  if (parent === "shared") return sharedFile(key, line)
  return child === undefined ? `${line}\n` : `${parent}:\n  ${line}\n`
}

const FILE = "/var/task/config.yaml"

/** The message of the faults, or nothing. */
const messageOf = (text: string): string =>
  Result.match(readConfig(text, { file: FILE, region: "eu-west-1", ttl: undefined }), {
    onSuccess: () => "",
    onFailure: ({ message }) => message,
  })

/** A key that holds no further keys, as in `parameters[].names`, and what editors show for it. */
interface Leaf {
  readonly path: string
  readonly description: string
}

/** The leaves of a JSON Schema. */
const leavesOf = (schema: unknown, path = ""): ReadonlyArray<Leaf> => {
  if (!Predicate.isObject(schema)) return []
  const { anyOf, description, items, properties, type } = { ...schema } as Readonly<Record<string, unknown>>
  if (type === "null") return []
  if (Array.isArray(anyOf)) return anyOf.flatMap((one) => leavesOf(one, path))
  if (Predicate.isObject(properties)) {
    const below = path === "" ? "" : `${path}.`
    return Object.entries(properties).flatMap(([key, value]) => leavesOf(value, `${below}${key}`))
  }
  const isListOfItems = Predicate.isObject(items) && "properties" in items
  return isListOfItems ? leavesOf(items, `${path}[]`) : [{ path, description: String(description) }]
}

const leaves = leavesOf(makeJsonSchema())

/** Where a key of the table stands: a policy key in each section and in `cache`. */
const placesOf = (key: string): ReadonlyArray<string> =>
  POLICY_KEYS.has(key)
    ? [...Object.keys(ITEMS).map((section) => `${section}[].${key}`), `cache.${key}`]
    : [key]

describe("docs/configuration.md", () => {
  it("has every key of the schema for editors, and no other", () => {
    assert.sameMembers(
      rows.flatMap(({ name }) => placesOf(name)),
      leaves.map(({ path }) => path),
    )
  })

  it("gives for every key the default that editors show", () => {
    const documented = new Map(
      rows.flatMap(({ fallback, name }) => placesOf(name).map((place) => [place, fallback])),
    )
    const defaults = leaves.flatMap(({ description, path }) => {
      const [, value] = /Default ([^.]+)\.$/.exec(description) ?? []
      // A default that depends on something is described in the page's own words.
      return value === undefined || value.includes(" ") || path.endsWith("[].numbers")
        ? []
        : [[path, value] as const]
    })
    assert.isAtLeast(defaults.length, 20)
    assert.deepStrictEqual(
      defaults.map(([path]) => [path, documented.get(path)]),
      defaults.map(([path, value]) => [path, value]),
    )
  })

  it.each(rows.flatMap((row) => placesOf(row.name).map((place) => [place, row] as const)))(
    "is right about %s",
    (place, { example, message, wrong }) => {
      assert.strictEqual(messageOf(fileWith(place, example)), "")
      const said = messageOf(fileWith(place, wrong))
      assert.strictEqual(said.replace(/^[^ ]+:\d+:\d+: /, ""), `${place.replaceAll("[]", "[0]")}: ${message}`)
    },
  )

  it("has the figures of the code in its prose", () => {
    const mebibytes = (memory: number) => `${(defaultMaxBytes(memory) / defaults.MIB).toFixed(1)} MiB`
    const figures = [
      `${mebibytes(128)} for a function with 128 MB, ${mebibytes(256)} for 256 MB and ${mebibytes(512)} for 512 MB`,
      `less than ${defaults.LEAST_DEFAULT_MAX_BYTES / defaults.MIB} MiB nor more than ${defaults.MOST_DEFAULT_MAX_BYTES / defaults.MIB} MiB`,
      `${attemptTimeoutIn(100)} % of`,
      `at most ${defaults.FETCH_LIMIT / 60_000} minutes`,
      `When ${defaults.REACTION_TIME} ms of the invoke are left`,
      `less than ${defaults.REACTION_TIME / defaults.REACTION_PART} ms left`,
      `INIT after ${defaults.INIT_LIMIT / 1_000} s`,
      `Until config.yaml has been read, ${defaults.DEFAULT_MAX_CONCURRENT_REQUESTS} may wait`,
      `limit of open files (${LAMBDA_OPEN_FILES.toLocaleString("en-US")})`,
      `keeps ${RESERVED_FILES} files`,
    ]
    for (const figure of figures) assert.include(PAGE, figure)
  })

  it("shows a complete file that is accepted, and a broken one with its faults in the page's words", () => {
    const [complete = "", broken = "", ...more] = blocksOf(PAGE, "yaml")
    assert.strictEqual(messageOf(complete), "")
    assert.deepStrictEqual([messageOf(broken)], [blocksOf(PAGE, "text").join().trimEnd()])
    assert.notStrictEqual(messageOf(broken), "")
    assert.deepStrictEqual(more, [])
  })

  it.each(variables.filter(({ wrong }) => wrong !== ""))(
    "is right about the variable $name",
    ({ example, message, name, wrong }) => {
      assert.isUndefined(readSettings({ [name]: example }).invalid)
      const said = readSettings({ [name]: wrong }).invalid?.message
      assert.strictEqual(said, `environment: ${name}: ${message}`)
    },
  )

  it("gives for every variable the default that the program uses", () => {
    const { configPath, logFormat, logLevel, port, preload, shortcut, ttl } = readSettings({}).settings
    const byName = new Map(variables.map(({ fallback, name }) => [name, fallback]))
    const used = [ttl ?? "unset", preload, port, configPath, logLevel, logFormat, shortcut]
    const names = ["TTL", "INIT_STARTUP", "PORT", "CONFIG", "LOG_LEVEL", "LOG_FORMAT", "SHORTCUT"]
    for (const [index, name] of names.entries())
      assert.include(byName.get(`CACHE_EXTENSION_${name}`), String(used[index]), name)
  })

  it("has every variable that the program and its launcher read, and no other of ours", () => {
    const source = (folder: string): ReadonlyArray<string> =>
      readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => textOf(path.relative(ROOT, path.join(entry.parentPath, entry.name))))
    const launcher = textOf("scripts/launcher.sh")
    const named = (pattern: RegExp, texts: ReadonlyArray<string>): ReadonlyArray<string> => [
      ...new Set(texts.flatMap((text) => text.match(pattern) ?? [])),
    ]
    const ours = named(/CACHE_EXTENSION_[A-Z_]+/g, [...source("src"), launcher])
    // Those that matter outside of Lambda have a page of their own.
    const agent = textOf("docs/agent.md")
    const ofAgent = tablesOf(agent, "variable", "value", "default", "example", "wrong", "message").map(
      ([name = ""]) => name,
    )
    assert.sameMembers([...variables.map(({ name }) => name), ...ofAgent], [...ours])
    const documented = [...codesIn(PAGE), ...codesIn(agent)]
    // Those of AWS's AppConfig agent too: appConfigAgent.test.ts compares them.
    const ofPeer = "AWS_APPCONFIG_EXTENSION_"
    const aws = named(/(?<=")AWS_[A-Z_]+(?=")/g, source("src"))
    assert.isAtLeast(aws.length, 8)
    assert.includeMembers([...documented, ofPeer], [...aws])
  })
})

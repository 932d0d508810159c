/**
 * The parts of an agent: its arguments, what it finds around it, the file of its token, and what it may say of a failure.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import { parse, USAGE } from "../../src/agent/command.ts"
import { linesOf } from "../../src/agent/prepare.ts"
import { probe, reachable } from "../../src/agent/probe.ts"
import { memoryLimit, readSurroundings } from "../../src/agent/surroundings.ts"
import { ensureTokenFile } from "../../src/agent/tokenFile.ts"
import { safeReason } from "../../src/aws/providerErrors.ts"
import { readOutside } from "../../src/config/outside.ts"
import { readSettings } from "../../src/config/Settings.ts"
import { folderOf } from "../support/lambda.ts"

describe("the arguments of the program", () => {
  it("choose what it does, and none means to serve", () => {
    assert.deepStrictEqual(parse([]), { _tag: "Serve" })
    assert.deepStrictEqual(parse(["serve"]), { _tag: "Serve" })
    assert.deepStrictEqual(parse(["health"]), { _tag: "Probe", path: "/health" })
    assert.deepStrictEqual(parse(["ready"]), { _tag: "Probe", path: "/ready" })
    for (const help of ["help", "--help"]) assert.deepStrictEqual(parse([help]), { _tag: "Help" })
    for (const word of ["serve", "health", "ready", "help"]) assert.include(USAGE, word)
  })

  it.each([["helth"], [""], ["serve", "now"], ["Health"]])(
    "are refused with what is allowed: %j",
    (...args) => {
      const command = parse(args)
      assert.strictEqual(command._tag, "Wrong")
      assert.include(JSON.stringify(command), "allowed: serve, health, ready, help, or none")
    },
  )
})

const filesWith = (files: Readonly<Record<string, string>>) => ({
  read: (file: string) => {
    const text = files[file]
    return text === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(Buffer.from(text))
  },
})

const V2 = "/sys/fs/cgroup/memory.max"
const V1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes"

describe("an agent finds", () => {
  it.each<readonly [string, Readonly<Record<string, string>>, number | undefined]>([
    ["version 2", { [V2]: "134217728\n" }, 128],
    ["version 2 without a limit", { [V2]: "max\n" }, undefined],
    ["version 1", { [V1]: "536870912\n" }, 512],
    ["version 1 without a limit", { [V1]: "9223372036854771712\n" }, undefined],
    ["no control group", {}, undefined],
    ["a file that says nothing", { [V2]: "", [V1]: "0" }, undefined],
  ])("its limit of memory in MiB: %s", async (_, files, expected) => {
    assert.strictEqual(await memoryLimit(filesWith(files)), expected)
  })

  it("its region by the SDK's providers only if no variable names one", async () => {
    const asked: Array<boolean> = []
    const around = (environment: Readonly<Record<string, string>>) => ({
      environment,
      files: { ...filesWith({}), stat: () => Promise.reject(new Error("ENOENT")) },
      providers: () =>
        Promise.resolve({
          findRegion: (isDisabled: boolean) => {
            asked.push(isDisabled)
            return Promise.resolve("eu-south-1")
          },
          obtainCredentials: () => Promise.reject(new Error("credentials were asked for")),
        }),
    })
    const regionOf = async (environment: Readonly<Record<string, string>>) =>
      (await readSurroundings(around(environment))).settings.region
    assert.strictEqual(await regionOf({ AWS_REGION: "eu-west-1" }), "eu-west-1")
    assert.deepStrictEqual(asked, [])
    assert.strictEqual(await regionOf({}), "eu-south-1")
    assert.strictEqual(await regionOf({ AWS_EC2_METADATA_DISABLED: "TRUE" }), "eu-south-1")
    assert.deepStrictEqual(asked, [false, true])
  })
})

describe("a probe", () => {
  it.each([
    [undefined, "127.0.0.1"],
    ["0.0.0.0", "127.0.0.1"],
    ["::", "[::1]"],
    ["10.0.0.7", "10.0.0.7"],
    ["fd00::1", "[fd00::1]"],
  ])("of an agent that listens on %s goes to %s", (address, host) => {
    assert.strictEqual(reachable(address), host)
  })
})

describe("the file of the token", () => {
  it.effect("is made once, for this user alone, and leaves nothing else behind", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({})
      const file = path.join(folder, "token")
      assert.isTrue(yield* ensureTokenFile(file))
      const text = readFileSync(file, "utf8")
      assert.match(text, /^[0-9a-f]{64}\n$/)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.isFalse(yield* ensureTokenFile(file))
      assert.strictEqual(readFileSync(file, "utf8"), text)
      assert.deepStrictEqual(readdirSync(folder), ["token"])
    }),
  )

  it.effect(
    "is made although a start that was interrupted has left its half, as process 1 of a container does",
    () =>
      Effect.gen(function* () {
        const folder = yield* folderOf({ [`token.${process.pid}`]: "" })
        assert.isTrue(yield* ensureTokenFile(path.join(folder, "token")))
      }),
  )

  it.effect.each([
    ["", "it is empty"],
    ["short", "it is too short"],
    ["two tokens, or a sentence", "there is a blank or no ASCII in it"],
  ])("is refused if it holds no token, without being quoted: %j", ([content = "", reason]) =>
    Effect.gen(function* () {
      const file = path.join(yield* folderOf({ token: content }), "token")
      const { message } = yield* Effect.flip(ensureTokenFile(file))
      assert.include(message, `CACHE_EXTENSION_TOKEN_FILE: ${file}: found a value that is wrong: ${reason}`)
      assert.strictEqual(readFileSync(file, "utf8"), content)
    }),
  )

  it.effect("is refused where nothing can be written or read", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf({})
      const missing = yield* Effect.flip(ensureTokenFile(path.join(folder, "nowhere/token")))
      assert.include(missing.message, "found nothing, and no file can be written there (ENOENT); allowed: ")
      const directory = yield* Effect.flip(ensureTokenFile(folder))
      assert.include(directory.message, "found a file that cannot be read (EISDIR); allowed: ")
    }),
  )
})

describe("the first lines of an agent's log", () => {
  const settingsOf = (environment: Readonly<Record<string, string>>) =>
    readSettings(environment, readOutside(environment, { region: "eu-west-1", memory: 128 })).settings

  it("name the file, the region, where credentials come from, the memory, the address and the token", () => {
    const settings = settingsOf({ CACHE_EXTENSION_CONFIG: "/etc/x/config.yaml" })
    assert.deepStrictEqual(linesOf(settings, {}, false), [
      "Running outside of Lambda as an agent with /etc/x/config.yaml",
      "Region: eu-west-1; credentials: the first of the SDK's providers that has some; memory: 128 MiB",
      "Listening on 127.0.0.1 and ::1; no token is required (server.token: off)",
    ])
    const file = { tokens: { fixed: [], file: "/run/token" } }
    const [, , last] = linesOf(settingsOf({ CACHE_EXTENSION_ADDRESS: "10.0.0.7" }), file, true)
    assert.strictEqual(
      last,
      "Listening on 10.0.0.7; requests must carry the token in /run/token, which is new",
    )
  })
})

describe("what is said of credentials that cannot be obtained", () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name })

  it.each([
    [
      named("CredentialsProviderError", "Could not load credentials from any providers"),
      "no credentials: neither keys in the environment",
    ],
    [
      named(
        "CredentialsProviderError",
        "The SSO session associated with this profile has expired. Run aws sso login",
      ),
      "no credentials: The SSO session associated with this profile has expired. Run aws sso login",
    ],
    [named("TokenProviderError", "Token is expired."), "no credentials: Token is expired."],
    [
      Object.assign(named("ExpiredTokenException", "Token expired: current date"), { $fault: "client" }),
      "no credentials: Token expired: current date",
    ],
  ])("repeats what helps: %s", (error, expected) => {
    assert.include(safeReason(error), expected)
  })

  it.each([
    named("CredentialsProviderError", "Command failed: get-keys --password hidden\nAKIAHIDDEN"),
    named("SyntaxError", 'Unexpected token h in JSON: "hidden"'),
    "hidden",
  ])("repeats nothing that may quote a key: %s", (error) => {
    assert.notInclude(safeReason(error), "idden")
    assert.match(safeReason(error), /^no credentials: .* of the SDK's providers$/)
  })
})

describe("a probe", () => {
  const probeWith = async (config: string | undefined, variables: Readonly<Record<string, string>> = {}) => {
    const asked: Array<string> = []
    const outcome = await probe(
      {
        environment: { CACHE_EXTENSION_CONFIG: "/etc/config.yaml", AWS_REGION: "eu-west-1", ...variables },
        extensionName: "cache-extension",
        files: {
          ...filesWith(config === undefined ? {} : { "/etc/config.yaml": config }),
          stat: () =>
            config === undefined
              ? Promise.reject(Object.assign(new Error("ENOENT"), { code: "ENOENT" }))
              : Promise.resolve({ isDirectory: () => false, isFile: () => true, size: config.length }),
        },
        exchange: ({ url }) => {
          asked.push(url)
          return Promise.resolve({ status: 200, body: "ok", header: () => undefined })
        },
      },
      "/health",
    )
    return { asked, outcome }
  }

  it("asks the port of config.yaml, or that of the environment", async () => {
    const { asked, outcome } = await probeWith("server: { port: 4711, token: required }")
    assert.deepStrictEqual([outcome.isGood, asked], [true, ["http://127.0.0.1:4711/health"]])
    const other = await probeWith("colour: red", { CACHE_EXTENSION_PORT: "4712" })
    assert.deepStrictEqual(other.asked, ["http://127.0.0.1:4712/health"])
  })

  it.each([
    ["has faults", "colour: red", "config.yaml:1:1: colour"],
    ["is missing", undefined, "/etc/config.yaml"],
  ])("fails and says why, without asking any port, if config.yaml %s", async (_, config, words) => {
    const { asked, outcome } = await probeWith(config)
    assert.deepStrictEqual([outcome.isGood, asked], [false, []])
    assert.include(outcome.text, "the agent's port is not known, because config.yaml has faults")
    assert.include(outcome.text, words)
  })
})

/**
 * The wrapper of the function's runtime (scripts/exec.sh) as a process, under each shell that this machine has, beside a server
 * of the test in the extension's place. `execFaults.test.ts` has what ends INIT;
 * test/integration/environmentVariables.test.ts runs the wrapper with the extension itself.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import { type Ended, has, REFERENCE, replyWith, run, serve, WRAPPER } from "../support/execWrapper.ts"
import { folderOf } from "../support/lambda.ts"
import { skipped } from "../support/skipped.ts"

/** Bash as Lambda calls it, which is by the name of sh, and another sh that leads to bash. */
const SHELLS = [
  { name: "bash", command: ["bash", "--posix"] },
  { name: "dash", command: ["dash"] },
].map(({ command, name }) => ({ command, name, isMissing: !has(name) || !has("bash") }))

/** The variables that `env -0` prints. */
const variablesIn = ({ stdout }: Ended): Readonly<Record<string, string>> =>
  Object.fromEntries(
    stdout
      .split("\0")
      .filter((pair) => pair !== "")
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  )

/** Every character that a shell or a terminal treats in a way of its own is among the first 0x7F. */
const character = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 0x1_ff })))

/** Anything that can be a variable. */
const anyValue = Arbitrary.map(Arbitrary.array(character, { maxLength: 40 }), (codes) =>
  codes.map((code) => (code === 0x1_ff ? "\u{1F600}" : String.fromCodePoint(code))).join(""),
)

const AWKWARD = ["'; exit 1; '", "$(exit 1)", "`exit 1`", "a\n\n", "\n", "\\", "\r\n0\n", "x".repeat(100_000)]

describe("the wrapper", () => {
  it("has no replacement in quotes within quotes, which bash 4.2 would keep", () => {
    assert.notMatch(readFileSync(WRAPPER, "utf8"), /"\$\{\w+\/\/?[^/}\n]+\/['"]/)
  })
})

for (const { command: shell, isMissing, name } of SHELLS) {
  describe.skipIf(isMissing)(
    `the wrapper under ${name}${skipped(isMissing, `where there is no ${name}`)}`,
    () => {
      it.live("sets each variable to its value, byte for byte", () =>
        Effect.gen(function* () {
          const random = yield* Arbitrary.sampleEffect(anyValue, { count: 100, seed: 1 })
          for (const values of [random.slice(50), random.slice(0, 50), AWKWARD]) {
            const expected = Object.fromEntries(values.map((value, at) => [`V${at}`, value]))
            const { port } = yield* serve(replyWith(expected))
            const references = Object.fromEntries(Object.keys(expected).map((key) => [key, REFERENCE]))
            const ended = yield* run(shell, { ...references, CACHE_EXTENSION_PORT: String(port) })
            assert.strictEqual(ended.stderr, "")
            assert.deepInclude(variablesIn(ended), expected)
          }
        }),
      )

      it.live("asks once, for what the variables refer to, with the function's token", () =>
        Effect.gen(function* () {
          const { asked, port } = yield* serve(replyWith({ B: "b", _a: "" }))
          const given = {
            B: REFERENCE,
            _a: "cache-extension://parameters?name=x%20y#z",
            AWS_SESSION_TOKEN: "token",
          }
          assert.deepInclude(
            variablesIn(yield* run(shell, { ...given, CACHE_EXTENSION_PORT: String(port) })),
            {
              B: "b",
              _a: "",
            },
          )
          assert.strictEqual(asked.length, 1)
          const url = new URL(`http://127.0.0.1${asked[0]?.url}`)
          assert.strictEqual(url.pathname, "/environment")
          assert.sameMembers(url.searchParams.getAll("set"), [`B=${REFERENCE}`, `_a=${given._a}`])
          assert.strictEqual(asked[0]?.headers["x-aws-parameters-secrets-token"], "token")
        }),
      )

      it.live("changes nothing and asks nobody if no variable refers to anything", () =>
        Effect.gen(function* () {
          const { asked, port } = yield* serve(replyWith({}))
          const given = {
            A: "see cache-extension://secrets?name=a",
            LC_ALL: "C.UTF-8",
            IFS: "x",
            SHELLOPTS: "xtrace",
            CACHE_EXTENSION_PORT: String(port),
          }
          const ended = yield* run(shell, given, ["env", "-0", "B=an argument of  its own"])
          assert.deepInclude(variablesIn(ended), {
            A: given.A,
            LC_ALL: given.LC_ALL,
            B: "an argument of  its own",
          })
          assert.deepStrictEqual([ended.code, asked], [0, []])
        }),
      )

      it.live(
        "sets variables below a path, unless they are there, and removes what referred to the path",
        () =>
          Effect.gen(function* () {
            const { port } = yield* serve(
              replyWith({ HOSTNAME: "shop", HERE: "other", EMPTY: "other", PATH: "/none" }),
            )
            const given = { SHOP: "cache-extension://parameters?path=/shop", HERE: "here", EMPTY: "" }
            const found = variablesIn(yield* run(shell, { ...given, CACHE_EXTENSION_PORT: String(port) }))
            assert.deepInclude(found, {
              HOSTNAME: "shop",
              HERE: "here",
              EMPTY: "",
              PATH: process.env["PATH"],
            })
            assert.notProperty(found, "SHOP")
          }),
      )

      it.live("takes the port from config.yaml if CACHE_EXTENSION_PORT is not set", () =>
        Effect.gen(function* () {
          const { port } = yield* serve(replyWith({ A: "a" }))
          const forms = [
            `server: { token: off, port: ${port} }`,
            `server:\n  token: off\n  port: ${port} # ours`,
          ]
          for (const form of forms) {
            const config = `parameters:\n  - names: ["port: 1"]\n${form}\ncache: { ttl: 1m }\n`
            const folder = yield* folderOf({ "config.yaml": config })
            const given = { A: REFERENCE, CACHE_EXTENSION_CONFIG: path.join(folder, "config.yaml") }
            assert.deepInclude(variablesIn(yield* run(shell, given)), { A: "a" })
          }
        }),
      )

      it.live("starts the next wrapper with the same arguments and the variables resolved", () =>
        Effect.gen(function* () {
          const { port } = yield* serve(replyWith({ A: "a" }))
          const folder = yield* folderOf({ "next.sh": `#!/bin/sh\nexec env CHAINED="$A" "$@"` })
          const next = path.join(folder, "next.sh")
          spawnSync("chmod", ["+x", next])
          const given = {
            A: REFERENCE,
            CACHE_EXTENSION_PORT: String(port),
            CACHE_EXTENSION_EXEC_WRAPPER: next,
          }
          assert.deepInclude(variablesIn(yield* run(shell, given)), { A: "a", CHAINED: "a" })
        }),
      )
    },
  )
}

/**
 * The typed settings of the CDK construct and of the Terraform module: the same variables as docs/configuration.md has, checked as
 * the extension checks them.
 */
import { assert, describe, it } from "@effect/vitest"
import { type CacheExtensionSettings, VARIABLES, variablesOf } from "../../cdk/settings.ts"
import { tablesOf, textOf } from "../docs/markdown.ts"

const DOCUMENTED = tablesOf(
  textOf("docs/configuration.md"),
  "variable",
  "value",
  "default",
  "example",
  "wrong",
  "message",
)

/** A setting as a text that is not of its type, as JavaScript may give it. */
const settingOf = (variable: string, value: string): CacheExtensionSettings => {
  const [name] = Object.entries(VARIABLES).find(([, own]) => own === variable) ?? [variable]
  return { [name]: value }
}

const rows = DOCUMENTED.map(([name = "", , , good = "", bad = "", message = ""]) => ({
  name,
  good,
  bad,
  message,
}))

describe("the settings of the CDK construct", () => {
  it("are the extension's variables, as docs/configuration.md lists them", () => {
    assert.sameMembers(
      Object.values(VARIABLES),
      rows.map(({ name }) => name),
    )
  })

  it.each(rows)("become the variable that is documented: $name", ({ good, name }) => {
    assert.deepStrictEqual(variablesOf(settingOf(name, good)), { [name]: good })
  })

  it.each(rows.filter(({ bad }) => bad !== ""))(
    "are refused with the extension's own message: $name",
    ({ bad, message, name }) => {
      assert.throws(() => variablesOf(settingOf(name, bad)), message)
    },
  )

  it("of a Duration are written in milliseconds, a number and a boolean as text", () => {
    const ttl = { toMilliseconds: () => 90_000 }
    assert.deepStrictEqual(variablesOf({ ttl, port: 4711, shortcut: false }), {
      CACHE_EXTENSION_TTL: "90000ms",
      CACHE_EXTENSION_PORT: "4711",
      CACHE_EXTENSION_SHORTCUT: "false",
    })
  })

  it("with an unknown name are refused", () => {
    assert.throws(() => variablesOf({ Ttl: "1m" } as never), /found Ttl; allowed: ttl, initStartup/)
  })
})

describe("the settings of the Terraform module", () => {
  it("are the same variables", () => {
    const names = Array.from(textOf("terraform/main.tf").matchAll(/CACHE_EXTENSION_\w+/g), ([name]) => name)
    assert.sameMembers(names, Object.values(VARIABLES))
  })
})

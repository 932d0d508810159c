/**
 * What a plan finds for what a function asks: listed names, other versions of them, members of listed paths, and
 * names that are not listed.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { PlanShape } from "../../src/config/Plan.ts"
import type { VersionSelector } from "../../src/kinds/Section.ts"
import { entryKey } from "../../src/domain/Entry.ts"
import { planOf } from "../support/configs.ts"

const CONFIG = `
parameters:
  - region: us-west-2
    names: [N, "C:3", /app/prod/own]
    ttl: 30s
  - region: eu-central-1
    paths: [/app/, /app/prod/]
    ttl: 40s
  - names: ["arn:aws:ssm:ap-south-1:123456789012:parameter/A"]
secrets:
  - region: us-west-2
    names: [db/main]
    ttl: 50s
  - names: [old]
    version_stage: AWSPREVIOUS
dynamodb:
  - { table: Table, hashkey: k, hashkeytype: S, hashkeyvalue: v }
appconfig:
  - { application: shop, environment: prod, profile: flags, region: us-west-2 }
`
const denying = planOf(CONFIG)
const allowing = planOf(`${CONFIG}\non_demand: allow\n`)

const ARN = "arn:aws:ssm:ap-south-1:123456789012:parameter/A"

/** Where a found parameter is read: region and name, or the path and the member of it. */
const placeOf = (found: ReturnType<PlanShape["find"]>): string | undefined => {
  if (found === undefined) return undefined
  const { address } = found.entry
  if (address.kind !== "parameters") return undefined
  return `${address.region} ${"path" in address ? `${address.path} > ${found.member}` : address.name}`
}

describe("a plan", () => {
  it.each<readonly [string, VersionSelector, string]>([
    ["N", {}, "us-west-2 N"],
    ["N", { version: "3" }, "us-west-2 N:3"],
    ["N", { label: "prod" }, "us-west-2 N:prod"],
    ["N:prod", {}, "us-west-2 N:prod"],
    ["C:3", {}, "us-west-2 C:3"],
    [ARN, { version: "2" }, `ap-south-1 ${ARN}:2`],
    [`${ARN}:2`, {}, `ap-south-1 ${ARN}:2`],
    ["/app/prod/own", {}, "us-west-2 /app/prod/own"],
    ["/app/prod/db/host", {}, "eu-central-1 /app/prod/ > /app/prod/db/host"],
    ["/app/test", {}, "eu-central-1 /app/ > /app/test"],
    ["/app/prod/db", { version: "2" }, "eu-central-1 /app/prod/db:2"],
    ["/app/prod/db:2", {}, "eu-central-1 /app/prod/db:2"],
  ])("finds the parameter %s with %o", (name, selector, place) => {
    assert.strictEqual(placeOf(denying.find("parameters", name, selector)), place)
    assert.strictEqual(placeOf(allowing.find("parameters", name, selector)), place)
  })

  it.each<readonly [string, VersionSelector]>([
    ["M", {}],
    ["M", { version: "3" }],
    ["C", {}],
    ["C:3", { version: "3" }],
    ["N", { version: "3", label: "prod" }],
    ["N", { version: "three" }],
    ["N", { label: "" }],
    ["N", { versionStage: "AWSCURRENT" }],
    ["/app/", {}],
    ["/app", {}],
    ["/apple", {}],
    ["", {}],
    [":3", {}],
    ["N:", {}],
  ])("does not find the parameter %s with %o, which nothing lists", (name, selector) => {
    assert.isUndefined(denying.find("parameters", name, selector))
  })

  it("keeps a version of a listed name by the policy of that name, under one key however it is asked for", () => {
    const found = denying.find("parameters", "N", { version: "3" })
    assert.deepInclude(found?.entry, { key: entryKey("parameters", "N:3"), name: "N:3" })
    assert.strictEqual(found?.entry.policy.ttl, 30_000)
    assert.deepStrictEqual(denying.find("parameters", "N:3"), found)
  })

  it("serves a version that is listed itself by its own entry", () => {
    const plan = planOf("parameters: [{names: [N]}, {names: ['N:3'], ttl: 1s}]")
    assert.strictEqual(plan.find("parameters", "N", { version: "3" })?.entry.policy.ttl, 1_000)
  })

  it("finds other versions of a secret in its region, by its policy", () => {
    const found = denying.find("secrets", "db/main", { versionId: "id-1" })
    assert.deepInclude(found?.entry.address, {
      kind: "secrets",
      region: "us-west-2",
      secretId: "db/main",
      versionId: "id-1",
    })
    assert.notProperty(found?.entry.address, "versionStage")
    assert.strictEqual(found?.entry.policy.ttl, 50_000)
    assert.deepInclude(denying.find("secrets", "old", { versionStage: "AWSCURRENT" })?.entry.address, {
      versionStage: "AWSCURRENT",
    })
  })

  it("serves a secret asked for at its own stage by its own entry", () => {
    const listed = denying.find("secrets", "db/main")
    assert.deepStrictEqual(denying.find("secrets", "db/main", { versionStage: "AWSCURRENT" }), listed)
    assert.strictEqual(listed?.entry.key, "secrets:db/main")
  })

  it("finds no version where the kind has no such selector", () => {
    assert.isUndefined(denying.find("secrets", "db/main", { version: "3" }))
    assert.isUndefined(denying.find("secrets", "db/main", { versionId: "id-1", label: "prod" }))
    assert.isUndefined(denying.find("dynamodb", "Table-v", { version: "3" }))
    assert.isDefined(denying.find("dynamodb", "Table-v"))
  })

  it("finds a whole path with and without the slash at its end, and no other", () => {
    assert.strictEqual(denying.findPath("parameters", "/app/prod/")?.name, "/app/prod/")
    assert.strictEqual(denying.findPath("parameters", "/app/prod")?.name, "/app/prod/")
    assert.isUndefined(denying.findPath("parameters", "/app/prod/db/"))
    assert.isUndefined(denying.findPath("parameters", "/other/"))
  })

  it("finds what is not listed where that is allowed: below a path at its place, else where the function is", () => {
    assert.strictEqual(placeOf(allowing.find("parameters", "M:3")), "eu-west-1 M:3")
    assert.deepInclude(allowing.findPath("parameters", "/app/prod/db/")?.address, { region: "eu-central-1" })
    assert.deepInclude(allowing.findPath("parameters", "/other")?.address, {
      region: "eu-west-1",
      path: "/other",
    })
    assert.isUndefined(allowing.find("dynamodb", "Table-w"))
  })

  it("finds a configuration by its three parts, listed or allowed, and in no other version", () => {
    assert.deepInclude(denying.find("appconfig", "shop/prod/flags")?.entry.address, { region: "us-west-2" })
    assert.isUndefined(denying.find("appconfig", "shop/test/flags"))
    assert.deepStrictEqual(allowing.find("appconfig", "shop/test/flags")?.entry.address, {
      kind: "appconfig",
      region: "eu-west-1",
      application: "shop",
      environment: "test",
      profile: "flags",
    })
    for (const name of ["shop", "shop/test", "shop//flags", "shop/web/test/flags", "/shop/test/flags"])
      assert.isUndefined(allowing.find("appconfig", name), name)
    assert.isUndefined(allowing.find("appconfig", "shop/prod/flags", { version: "3" }))
  })

  it("takes what AWS owns for no member of the root", () => {
    const plan = planOf("parameters: [{paths: [/]}]")
    assert.strictEqual(plan.find("parameters", "A")?.member, "A")
    assert.strictEqual(plan.find("parameters", "/a/b")?.member, "/a/b")
    assert.isUndefined(plan.find("parameters", "/aws/reference/secretsmanager/db"))
  })
})

const selector: Arbitrary.Arbitrary<VersionSelector> = Arbitrary.schema(
  Schema.Struct({
    version: Schema.optionalKey(Schema.String),
    label: Schema.optionalKey(Schema.String),
    versionId: Schema.optionalKey(Schema.String),
    versionStage: Schema.optionalKey(Schema.String),
  }),
)
const kind = Arbitrary.schema(Schema.Literals(["parameters", "secrets", "dynamodb", "appconfig"]))
const PIECES = [
  "N",
  "C:3",
  "db/main",
  "/app/prod/",
  ":",
  "3",
  "?",
  "&versionId=1",
  "name=",
  "%3A",
  "shop/prod/flags",
] as const
const name = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Literals(PIECES)), { maxLength: 4 }),
  (pieces) => pieces.join(""),
)
const question = Arbitrary.all({ kind, name, selector })

describe("the key of what is found", () => {
  it.prop("stands for one address only", [question, question], ([one, other]) => {
    const [left, right] = [one, other].map(
      (asked) => allowing.find(asked.kind, asked.name, asked.selector)?.entry,
    )
    if (left === undefined || right === undefined || left.key !== right.key) return
    assert.deepStrictEqual(left.address, right.address)
  })

  const POLICY = { ttl: 1, staleWhileRevalidate: 2, staleIfError: 3, staleIfDenied: 4, negativeTtl: 5 }

  it.each<readonly [string, VersionSelector, string, number]>([
    ["N", {}, "us-west-2 N", 30_000],
    ["N", { version: "3" }, "us-west-2 N:3", 30_000],
    ["N:3", {}, "us-west-2 N:3", 30_000],
  ])("has an entry of its own for the listed %s with %o", (name, selector, place, ttl) => {
    const entry = denying.entryFor("parameters", name, selector, POLICY)
    assert.deepStrictEqual([entry && placeOf({ entry }), entry?.policy.ttl], [place, ttl])
  })

  it("has an entry of its own for a name below a listed path, at its place and by its policy", () => {
    const entry = denying.entryFor("parameters", "/app/prod/db/host", {}, POLICY)
    const path = denying.find("parameters", "/app/prod/db/host")?.entry
    assert.strictEqual(entry && placeOf({ entry }), "eu-central-1 /app/prod/db/host")
    assert.deepStrictEqual(entry?.policy, path?.policy)
  })

  it("has an entry for what is not listed by the policy that is given, and none without", () => {
    assert.deepStrictEqual(denying.entryFor("parameters", "M", {}, POLICY)?.policy, POLICY)
    assert.deepStrictEqual(denying.entryFor("secrets", "M", { versionId: "v" }, POLICY)?.policy, POLICY)
    assert.isUndefined(denying.entryFor("parameters", "M", {}, undefined))
    assert.isUndefined(denying.entryFor("dynamodb", "M", {}, POLICY))
  })
})

describe("a listed path of one level", () => {
  const plan = planOf(
    "parameters: [{ paths: [/app/], recursive: false }, { paths: [/app/deep/], label: live }]",
  )

  it("serves what is directly below it, and no deeper name", () => {
    assert.strictEqual(plan.find("parameters", "/app/db")?.member, "/app/db")
    assert.isUndefined(plan.find("parameters", "/app/other/db"))
    assert.deepInclude(plan.findPath("parameters", "/app")?.address, { path: "/app/", recursive: false })
  })

  it("of a label serves the labelled versions, also of a parameter that is read alone, and no other", () => {
    const found = plan.find("parameters", "/app/deep/er/db")
    assert.deepInclude(found?.entry.address, { path: "/app/deep/", label: "live" })
    assert.deepStrictEqual(
      [found?.alone?.name, found?.alone?.listedAs],
      ["/app/deep/er/db", found?.entry.key],
    )
    assert.deepInclude(found?.alone?.address, { name: "/app/deep/er/db:live" })
    assert.isUndefined(plan.find("parameters", "/app/deep/er/db", { version: "2" }))
  })
})

/**
 * docs/deploy.md against the code: a role is allowed every call that the sources make.
 */
import { assert, it } from "@effect/vitest"
import { readdirSync } from "node:fs"
import path from "node:path"
import { withPermissions } from "../../scripts/permissions.ts"
import { ROOT, tablesOf, textOf } from "./markdown.ts"

/** Actions of S3 that a GetObject is checked against in addition. No operation has their name. */
const NOT_OPERATIONS = new Set(["GetObjectVersion", "ListBucket"])

it("the permissions of docs/deploy.md are for exactly the AWS calls that the sources make", () => {
  const files = readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  // docs/shared-engines.md has the permissions of the shared tier.
  const sources = files
    .filter((file) => file.endsWith(".ts") && !file.startsWith("shared/"))
    .map((file) => textOf(`src/${file}`))
  const calls = new Set(sources.flatMap((source) => source.match(/(?<=new )\w+(?=Command\()/g) ?? []))
  const cells = tablesOf(textOf("docs/deploy.md"), "in config.yaml", "actions", "on").map(
    ([, actions = ""]) => `\`${actions}\``,
  )
  const actions = cells.flatMap((cell) =>
    Array.from(
      cell.matchAll(/`([\w-]+):(\w+)`/g),
      ([, service = "", action = ""]) => [service, action] as const,
    ),
  )
  const named = new Set(actions.filter(([service]) => service !== "kms").map(([, action]) => action))
  assert.isAbove(calls.size, 9)
  assert.sameMembers(
    [...named].filter((action) => !NOT_OPERATIONS.has(action)),
    [...calls],
  )

  const batches = tablesOf(
    textOf("docs/deploy.md"),
    "listed",
    "one at a time",
    "several in the same region at once",
  )
  const inBatches = batches.flatMap(
    (cells) => cells.join().match(/(?<=\w:)[A-Z]\w+|GetLatestConfiguration/g) ?? [],
  )
  assert.sameMembers([...new Set(inBatches), "AssumeRole"], [...calls])
})

it("the permissions of docs/deploy.md are those that each kind says its calls need (else: npm run generate)", async () => {
  const text = textOf("docs/deploy.md")
  assert.strictEqual(await withPermissions(text), text)
  const outdated = text.replace("| `ssm:GetParametersByPath`;", "| `ssm:Other`;")
  assert.notStrictEqual(outdated, text)
  assert.strictEqual(await withPermissions(outdated), text)
})

it("docs/performance.md has no table of a case that the bench does not have", () => {
  const cases = textOf("bench/support/cases.ts") + textOf("bench/cold.ts")
  const transports = Array.from(
    textOf("docs/performance.md").matchAll(/^(?:#### |\| )([^;|\n]+); (?:warm|dropped) page cache/gm),
    ([, transport = ""]) => transport,
  )
  assert.isNotEmpty(transports)
  for (const transport of new Set(transports)) assert.include(cases, transport)
})

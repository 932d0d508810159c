/**
 * docs/seed.md: its example is a valid seed, and the page names every key.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { SeedFile } from "../../cli/seed/seedFields.ts"
import { parseSeed } from "../../cli/seed/seedFile.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { textOf } from "./markdown.ts"

const PAGE = textOf("docs/seed.md")

describe("docs/seed.md", () => {
  it.live("has an example that can be put into local AWS", () =>
    Effect.gen(function* () {
      const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? []
      const seed = Result.getOrThrow(parseSeed("docs/seed.md", example))
      assert.sameMembers(Object.keys(seed), Object.keys(SeedFile.keys))
      const { endpoint } = yield* AwsEmulator
      yield* seedFrom(endpoint, seed)
    }).pipe(Effect.provide(AwsEmulator.layer())),
  )

  it("explains every key of the file", () => {
    for (const key of Object.keys(SeedFile.keys)) assert.include(PAGE, `\n| \`${key}\` |`)
  })

  it("shows the message of a fault as it is", () => {
    const [, message = ""] = /```text\n(.*)\n```/.exec(PAGE) ?? []
    const read = parseSeed("seed.yaml", "parameters:\n  - { name: a, valeu: b }\n")
    assert.isTrue(Result.isFailure(read) && read.failure.message.split("\n").includes(message))
  })
})

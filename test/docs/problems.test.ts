/**
 * docs/problems.md against `http/problems.ts`: every type of problem has its section, with the URI, the status and the
 * title that the extension answers with.
 */
import { assert, it } from "@effect/vitest"
import { type ProblemName, PROBLEMS, toBody } from "../../src/http/problems.ts"
import { blocksOf, codesIn, textOf } from "./markdown.ts"

const PAGE = textOf("docs/problems.md")

/** The sections by their headings. */
const SECTIONS: ReadonlyMap<string, string> = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n")
      return [heading, lines.join("\n")]
    }),
)

const NAMES = Object.keys(PROBLEMS) as ReadonlyArray<ProblemName>

it("docs/problems.md has a section for every type of problem, in the order of the statuses, and no other", () => {
  assert.deepStrictEqual<ReadonlyArray<string>>([...SECTIONS.keys()], NAMES)
  const statuses = NAMES.map((name) => PROBLEMS[name].status)
  assert.deepStrictEqual(statuses, statuses.toSorted())
})

it.each(NAMES)(
  "docs/problems.md gives %s its URI, status and title, and says when, what to do and whether to retry",
  (name) => {
    const { status, title, type } = toBody({ problem: name, detail: "" })
    const section = SECTIONS.get(name) ?? ""
    assert.include(section, `\n\`${type}\`, ${status} ${title}\n`)
    for (const part of ["When", "What to do", "Retry"])
      assert.match(section, new RegExp(`^- ${part}: \\S`, "m"))
  },
)

it.each(NAMES)("docs/problems.md promises Retry-After for %s exactly where it is sent", (name) => {
  assert.strictEqual(SECTIONS.get(name)?.includes("`Retry-After`"), "retryAfter" in PROBLEMS[name])
})

it("docs/problems.md shows a problem as it is sent", () => {
  const [example = ""] = blocksOf(PAGE, "json")
  const detail = `"B" is not listed under parameters in config.yaml`
  assert.strictEqual(example, `${JSON.stringify(toBody({ problem: "no-data-found", detail }), null, 2)}\n`)
})

it("docs/problems.md quotes details in the words of the code", () => {
  const quoted = codesIn(SECTIONS.get("aws-too-slow") ?? "").filter((code) => code.includes(" "))
  assert.isAtLeast(quoted.length, 2)
  const source = textOf("src/cache/Deadline.ts") + textOf("src/cache/SingleFlight.ts")
  for (const words of quoted) assert.include(source, words)
})

/**
 * The reader of plain YAML beside the YAML library: whatever it reads, the library reads the same, with the same positions.
 * And it reads the files that users write.
 */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync, readdirSync } from "node:fs"
import path from "node:path"
import type { Path } from "../../../src/config/yaml/ConfigInvalid.ts"
import { mask } from "../../../src/config/yaml/expand.ts"
import { parseYaml } from "../../../src/config/yaml/parseYaml.ts"
import { readPlain } from "../../../src/config/yaml/readPlain.ts"
import { isMapping, type YamlValue } from "../../../src/config/yaml/YamlDocument.ts"
import { blocksOf, ROOT, textOf } from "../../docs/markdown.ts"
import { BROKEN_CONFIGS } from "../../support/brokenConfigs.ts"
import { ORIGINAL_CONFIG } from "../../support/configs.ts"
import { numbersFrom, SPELLINGS, spellingOf } from "../yamlSpellings.ts"

const FILES = ["example/config.yaml", "sam/functions/node/config.yaml", "sam/functions/python/config.yaml"]

/** Longer texts test nothing but their length, and take long. */
const LONG_TEXT = 10_000

/** The paths of all values, and of some that are not there. */
const pathsIn = (value: YamlValue, at: Path = []): ReadonlyArray<Path> => {
  const inner = isMapping(value) ? Object.entries(value) : Array.isArray(value) ? [...value.entries()] : []
  const below = inner.flatMap(([key, one]) => pathsIn(one as YamlValue, at.concat(key)))
  return [at, at.concat("missing"), at.concat(99), ...below]
}

/** Whether the reader reads a text. Fails if it reads it otherwise than the library. */
const isRead = (text: string): boolean => {
  const plain = readPlain(text)
  if (plain === undefined) return false
  const parsed = parseYaml(text)
  if (Result.isFailure(parsed)) assert.fail(`the library refuses ${JSON.stringify(text)}`)
  const { success: document } = parsed
  assert.deepStrictEqual(plain.value, document.value, text)
  if (document.value === null) return true
  for (const at of pathsIn(document.value)) {
    assert.deepStrictEqual(plain.locate(at), document.locate(at), `${JSON.stringify(text)} ${at.join(".")}`)
  }
  return true
}

/** The same for the text that is parsed, in which variables are masked, and for the text itself. */
const isPlain = (text: string): boolean => {
  const masked = mask(text)
  const isWritten = isRead(text)
  return masked === text ? isWritten : isRead(masked)
}

/** The YAML test suite: https://github.com/yaml/yaml-test-suite. */
const SUITE = JSON.parse(readFileSync(path.join(import.meta.dirname, "yamlTestSuite.json"), "utf8")) as {
  readonly texts: Readonly<Record<string, string>>
}

/** Pieces of YAML, plain and other. */
const PIECES = [
  "\n¦\n¦\n  ¦\n    ¦\n - ¦- ¦-¦ ¦  ¦:¦: ¦,¦, ¦# c¦ # c¦#¦'¦\"¦''¦[¦]¦{¦}¦a¦b¦names¦key: ¦key:¦null¦~¦---¦...¦%",
  "&a ¦*a¦!t ¦|¦>¦|-\n  a¦? ¦@¦`¦\t¦\r\n¦\r¦é¦\u{1F600}¦\u00a0¦\u2028¦\u0085¦\\¦<<: ¦=¦x: y¦-1¦-.5¦.¦/¦$¦${A}",
  "arn:aws:x:y¦a:b¦::¦a#b¦a,b¦\n# c\n¦\n  # c\n¦\n- a: b\n  c: d¦\n-\n¦__proto__: ¦[]¦{}¦[a, b]¦{a: b}",
  "{a: [b], c: 'd'}¦key : ¦\"a\": ¦'a':¦{a}¦[a: b]¦{a: }¦, ]¦\n\n¦ \n¦a b",
].flatMap((pieces) => pieces.split("¦"))

/** A text with a few random changes, or of random pieces alone. */
const mutated = (texts: ReadonlyArray<string>, seed: number): string => {
  const below = numbersFrom(seed * 2_654_435_761)
  const isAlone = below(3) === 0
  const changes = isAlone ? 3 + below(12) : 1 + below(4)
  let text = isAlone ? "" : (texts[below(texts.length)] ?? "")
  for (let change = 0; change < changes; change++) {
    const at = below(text.length + 1)
    const lines = text.split("\n")
    const what = below(4)
    if (what === 0) text = text.slice(0, at) + text.slice(at + 1 + below(3))
    else if (what === 1)
      text = lines.toSpliced(below(lines.length), 0, lines[below(lines.length)] ?? "").join("\n")
    else text = text.slice(0, at) + (PIECES[below(PIECES.length)] ?? "") + text.slice(at)
  }
  return text
}

/** The keys at the top of a config.yaml. */
const SECTIONS = Object.keys(
  (JSON.parse(textOf("schema/config.schema.json")) as { readonly properties: object }).properties,
)

/** Whether a block of YAML is a config.yaml, not a template or a file of another tool. */
const isConfig = (text: string): boolean => {
  const keys = text.match(/^\w+(?=:)/gm) ?? []
  return keys.length > 0 && keys.every((key) => SECTIONS.includes(key))
}

describe("the reader of plain YAML", () => {
  it.each(FILES)("reads %s", (file) => {
    assert.isTrue(isPlain(textOf(file)))
  })

  it("reads the original's config.yaml", () => {
    assert.isTrue(isPlain(ORIGINAL_CONFIG))
  })

  it("reads every config.yaml of the documents that has no anchor", () => {
    const pages = ["README.md", ...readdirSync(path.join(ROOT, "docs")).map((file) => `docs/${file}`)]
    const blocks = pages
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => blocksOf(textOf(file), "yaml"))
      .filter((text) => isConfig(text) && !/[&!]\w/.test(text))
    assert.isAtLeast(blocks.length, 6)
    for (const text of blocks) assert.isTrue(isPlain(text), text)
  })

  it.each([
    ["comments everywhere", "# c\na: # c\n  # c\n- b # c\n# c\n"],
    ["a list in the column of its key", "a:\n- b\n- c\nd:\n- e\n"],
    ["a list of lists", "- - a\n  - b\n- - c\n"],
    ["a mapping in a list", "- a: b\n  c:\n    - d\n  e:\n-\n  f: g\n"],
    ["keys and dashes without a value", "a:\nb:   # c\nc:\n  -\n  - d\n  -  \n"],
    ["quoted texts", `a: 'it''s # "b"' # c\nd: "e: 'f' # g"\nh: ''\ni: ""\n`],
    ["flow collections of one line", `a: [b, "c, d", 'e', [], {f: g}]\nh: { i: j, k: [l] } # m\n`],
    ["names and ARNs", "- arn:aws:ssm:eu-west-1:1:parameter/a\n- /a/b:3\n- a#b\n- -1s\n- a b, [c]\n"],
    ["a mark before the document", "# c\n---\na: b\n"],
    ["Windows line ends", "a: b \r\nc:\r\n  - d\r\n# e\r\n"],
    ["letters of any language in texts and comments", "# für 日本 \u{1F600}\na: für 日本 \u{1F600}\n"],
    ["nothing", ""],
    ["nothing but comments", "# a\n\n  # b\n"],
  ])("reads %s", (_, text) => {
    assert.isTrue(isPlain(text))
  })

  it.each([
    ["an anchor", "a: &a b\n"],
    ["an alias", "a: *a\n"],
    ["a merge key", "a:\n  <<: b\n"],
    ["a tag", "a: !!str b\n"],
    ["a block scalar", "a: |\n  b\n"],
    ["a text of several lines", "a: b\n  c\n"],
    ["a text on the line after its key", "a:\n  b\n"],
    ["a quoted text of several lines", "a: 'b\n  c'\n"],
    ["an escape", 'a: "b\\n"\n'],
    ["a flow collection of several lines", "a: [b,\n  c]\n"],
    ["a flow collection with an empty item", "a: [b, ]\n"],
    ["a pair in a flow list", "a: [b: c]\n"],
    ["a directive", "%YAML 1.2\n---\na: b\n"],
    ["a second document", "a: b\n---\nc: d\n"],
    ["the end of a document", "a: b\n...\n"],
    ["a tab", "a:\tb\n"],
    ["a lone carriage return", "a: b\rc: d\n"],
    ["a control character", "a: b\u0007\n"],
    ["a blank that is no space", "a: b\u00a0\n"],
    ["an unquoted null", "a: null\n"],
    ["a tilde", "a: [~]\n"],
    ["a quoted key", "'a': b\n"],
    ["a key that is no word", "a.b: c\n"],
    ["a blank before the colon", "a : b\n"],
    ["a question mark", "? a\n: b\n"],
    ["a key twice", "a: b\na: c\n"],
    ["a key twice in a flow mapping", "a: {b: c, b: d}\n"],
    ["two keys on a line", "a: b: c\n"],
    ["a dash behind a key", "a: - b\n"],
    ["lines that are indented oddly", "a:\n    b: c\n  d: e\n"],
    ["an item that is indented oddly", "- a\n - b\n"],
    ["keys left of the first", "  a: b\nc: d\n"],
    ["a text alone", "a\n"],
    ["more levels than a config.yaml has", "- ".repeat(11)],
    ["brackets in more levels than a config.yaml has", `a: ${"[".repeat(11)}${"]".repeat(11)}`],
    ["more text than the library checks at once", `# ${"a".repeat(100_000)}\n`],
  ])("leaves to the library %s", (_, text) => {
    assert.isUndefined(readPlain(text))
  })

  it("never reads a file of the YAML test suite otherwise than the library does", () => {
    const texts = Object.values(SUITE.texts)
    assert.isAbove(texts.length, 400)
    assert.isAbove(texts.filter(isPlain).length, 25)
    const random = Array.from({ length: 2_000 }, (_, seed) => mutated(texts, seed + 1))
    assert.isAbove(random.filter(isPlain).length, 100)
  })

  it("never reads a broken, odd or random file otherwise than the library does", () => {
    const texts = [
      ...FILES.map(textOf),
      ...BROKEN_CONFIGS.map(({ text }) => text),
      ...SPELLINGS.map(([, text]) => text),
    ].filter((text) => text.length < LONG_TEXT)
    const spelt = Array.from({ length: 500 }, (_, seed) => spellingOf(seed + 1))
    const random = Array.from({ length: 4_000 }, (_, seed) => mutated(texts, seed + 1))
    const read = [...texts, ...spelt, ...random].filter(isPlain)
    assert.isAbove(read.length, 500)
  })
})

/**
 * Spellings of config.yaml: forms that the original's parser reads, each with what it means, and a generator of further ones.
 */

/** Texts that list the parameters A and B in the region r, in forms that YAML 1.2 as such does not allow, or hardly. */
export const SPELLINGS: ReadonlyArray<readonly [name: string, text: string]> = [
  ["hugging brackets", "parameters: [{\n  region: r, names: [A, B]\n}]\n"],
  ["hugging brackets, and nothing indented", "parameters: [{\nregion: r,\nnames: [\nA,\nB\n]\n}]\n"],
  ["items in the key's column", "parameters:\n- region: r\n  names: [\n  A,\n  B\n  ]\n"],
  ["items left of the key's column", "parameters:\n  - region: r\n    names: [\nA,\nB\n]\n"],
  ["dashes in the key's column", "parameters:\n- region: r\n  names:\n  - A\n  - B\n"],
  ["flow in flow, each in lines of its own", "parameters: [\n{region: r,\nnames:\n[\nA,\nB\n]\n}\n]\n"],
  ["a mapping that ends at the left", "parameters:\n  - {\n    region: r,\n    names: [A, B]\n}\n"],
  ["a mapping whose keys stand at the dash", "parameters:\n  - {region: r,\n  names: [A,\n  B]}\n"],
  ["a comma in front", "parameters: [{region: r\n, names: [A\n, B]}]\n"],
  ["comments between", "parameters: [{region: r, # ] }\nnames: [A,\n# [ { '\nB]}]\n"],
  ["a comment at a bracket", "parameters:\n  - region: r\n    names: [A, B]# c\n"],
  ["tabs before items", "parameters: [\n\t{region: r, names: [A,\n\t\tB]}\n\t]\n"],
  ["empty lines between", "parameters: [{region: r, names: [A,\n\n\nB\n\n]\n\n}\n]\n"],
  [
    "quotes that hold brackets",
    "parameters: [{region: 'r', names: ['A',\n\"B\"\n], 'x]': \"[{\",\n'y': ']'}]\n",
  ],
  ["a quoted text of two lines", "x: 'a\nb'\ny: \"c\n]\"\nparameters: [{region: r, names: [A, B]}]\n"],
  ["a line that begins like a document's", "parameters: [{region: r, names: [A,\nB], y: [\n---x\n]}]\n"],
  ["a bracket in a plain text", "x: a[b\ny: it's {c\nparameters: [{region: r, names: [\nA, B]}]\n"],
  [
    "a bracket in a block of text",
    "x: |\n  [ ' {\ny: >-\n   \"[\nparameters: [{region: r, names: [\nA, B]}]\n",
  ],
  ["anchors before brackets", "parameters: &p [{region: &r r, names: &n [\nA, B]}]\n"],
  ["an anchor and a merge", "x: &x {\nregion: r\n}\nparameters: [{<<: *x, names: [\nA, B]}]\n"],
  ["a document mark at its end", "parameters: [{region: r, names: [A, B]}]\n---\n"],
  ["a document mark without a line end", "---\nparameters: [{region: r, names: [A, B]}]\n---"],
  ["a document mark and a comment at its end", "parameters: [{region: r, names: [A, B]}]\n--- # c\n# d\n"],
  ["marks of the end and of a document", "parameters: [{region: r, names: [A, B]}]\n...\n---\n...\n"],
  ["carriage returns as line ends", "parameters:\r  - region: r\r    names:\r      - A\r      - B\r"],
  ["Windows line ends and brackets", "parameters: [{\r\nregion: r,\r\nnames: [\r\nA, B\r\n]\r\n}]\r\n"],
]

/** Forms that the original's parser reads and that are refused on purpose: docs/configuration.md lists them. */
export const REFUSED: ReadonlyArray<readonly [name: string, text: string, allowed: string]> = [
  ["a second document", "parameters: [{names: [A]}]\n---\nparameters: [{names: [B]}]\n", "one document"],
  ["a first document that is empty", "---\n---\nparameters: [{names: [A]}]\n", "one document"],
  ["a key twice", "parameters: [{names: [A]}]\nparameters: [{names: [B]}]\n", "each key once"],
  ["a tag", "parameters: [{names: [!!int 7]}]\n", "no tag: every value is read as it is written"],
  ["a tag of one's own", "parameters: [{names: [!x 7]}]\n", "no tag: every value is read as it is written"],
  ["keys left of the first", " parameters:\n  - names: [A]\ndynamodb: []\n", "YAML"],
  ["U+2028 as a line end", "parameters: [{names: [A]}]\u2028dynamodb: []\n", "YAML"],
]

/** A source of numbers below a bound, the same for the same seed (xorshift, 32 bits). */
export const numbersFrom = (seed: number) => {
  let state = seed || 1
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const NAMES = ["A", "b-c", "/x/y", "'q]'", '"d, e"', "007", "x:1", "'it''s'", "a b"]

/**
 * A config.yaml of sections in flow and block style, with line ends, blanks, tabs and comments wherever a token may be followed by
 * them, indented or not.
 */
export const spellingOf = (seed: number): string => {
  const below = numbersFrom(seed * 2_654_435_761)
  const oneOf = (texts: ReadonlyArray<string>): string => texts[below(texts.length)] ?? ""
  const gap = (): string =>
    oneOf(["", "", " ", "\n", "\n  ", "\n      ", " # c ]\n", "\n\n", "\n # '\n ", "\n\t"])
  const list = (items: ReadonlyArray<string>): string =>
    `[${gap()}${items.map((item) => `${item}${oneOf(["", " ", "\n", " # {\n"])}`).join(`,${gap()}`)}${gap()}]`
  const names = (): ReadonlyArray<string> => Array.from({ length: below(4) }, () => oneOf(NAMES))
  const mapping = (): string =>
    `{${gap()}region: ${oneOf(["r", "'r'", '"r"'])}${oneOf(["", "\n", " "])},${gap()}names: ${list(names())}${gap()}}`
  const block = (indent: string): string => {
    const items = names()
    const dashes = oneOf([indent, `${indent}  `])
    const written = below(2) === 0 ? ` ${list(items)}` : items.map((item) => `\n${dashes}- ${item}`).join("")
    return `${indent.slice(2)}- region: r\n${indent}names:${written}`
  }
  const parameters =
    below(2) === 0
      ? `parameters: ${list(Array.from({ length: 1 + below(3) }, mapping))}`
      : `parameters:\n${Array.from({ length: 1 + below(3) }, () => block(oneOf(["  "]))).join("\n")}`
  const table = `dynamodb: [{table: T, hashkeyvalue: ${oneOf(["007", "1.50", "'x'", "a'b"])}}]`
  const sections = below(2) === 0 ? [parameters, table] : [table, parameters]
  return `${oneOf(["", "---\n", "# c\n"])}${sections.join("\n")}\n${oneOf(["", "---\n", "...\n", "--- \n# c\n"])}`
}

/**
 * Files that are not YAML, YAML that is refused on purpose, and YAML that would cost too much, each with its exact error
 * message. Part of the table of `brokenConfigs.ts`.
 */
import type { BrokenConfig } from "./brokenConfigs.ts"

export const BROKEN_YAML: ReadonlyArray<BrokenConfig> = [
  {
    name: "a key twice",
    text: `parameters:
  - names: [A]
    ttl: 1s
    ttl: 2s
`,
    faults: [
      "config.yaml:4:5: parameters[0].ttl: found the key a second time (first in line 3); allowed: each key once",
    ],
  },
  {
    name: "a section twice",
    text: `parameters: []
secrets: []
parameters: []
`,
    faults: [
      "config.yaml:3:1: parameters: found the key a second time (first in line 1); allowed: each key once",
    ],
  },
  {
    name: "a tag",
    text: `parameters:
  - names: [!secret A]
`,
    faults: [
      "config.yaml:2:21: parameters[0].names[0]: found the tag !secret; allowed: no tag: every value is read as it is written",
    ],
  },
  {
    name: "binary data",
    text: `parameters:
  - names: [!!binary QQ==]
`,
    faults: [
      "config.yaml:2:22: parameters[0].names[0]: found the tag tag:yaml.org,2002:binary; allowed: no tag: every value is read as it is written",
    ],
  },
  {
    name: "an alias without anchor",
    text: `parameters:
  - names: *names
`,
    faults: [
      "config.yaml:2:12: parameters[0].names: found *names; allowed: an alias of an anchor that stands before it (&names)",
    ],
  },
  {
    name: "an alias inside its own anchor",
    text: `parameters: &p
  - names: *p
`,
    faults: [
      "config.yaml:2:12: parameters[0].names: found *p, which contains itself; allowed: an alias that stands outside of its anchor",
    ],
  },
  {
    name: "a merge of a text",
    text: `parameters:
  - <<: west
    names: [A]
`,
    faults: ['config.yaml:2:9: parameters[0].<<: found "west"; allowed: a mapping or a list of mappings'],
  },
  {
    name: "a key that is a list",
    text: `? [a, b]
: c
`,
    faults: ["config.yaml:1:3: the file: found a list as a key; allowed: a text as a key"],
  },
  {
    name: "tabs as indentation",
    text: `parameters:
	- names: [A]
`,
    faults: [
      `config.yaml:2:1: syntax: found "\\t- names: [A]"; allowed: YAML (Tabs are not allowed as indentation)`,
    ],
  },
  {
    name: "a bracket that is never closed",
    text: `parameters:
  - names: [A, B
`,
    faults: [
      "config.yaml:3:1: syntax: found the end of the file; allowed: YAML (Flow sequence in block collection must be sufficiently indented and end with a ])",
    ],
  },
  {
    name: "a quote that is never closed",
    text: `parameters:
  - names: ['A]
`,
    faults: [
      "config.yaml:3:1: syntax: found the end of the file; allowed: YAML (Missing closing 'quote)",
      "config.yaml:3:1: syntax: found the end of the file; allowed: YAML (Flow sequence in block collection must be sufficiently indented and end with a ])",
    ],
  },
  {
    name: "indentation that does not fit",
    text: `parameters:
  - region: us-west-2
   names: [A]
`,
    faults: [
      'config.yaml:3:1: syntax: found "   names: [A]"; allowed: YAML (Sequence item without - indicator)',
    ],
  },
  {
    name: "a mapping inside a line",
    text: `parameters:
  - names: A: B
`,
    faults: [
      'config.yaml:2:12: syntax: found "  - names: A: B"; allowed: YAML (Nested mappings are not allowed in compact mappings)',
    ],
  },
  {
    name: "a second document",
    text: `parameters: []
---
secrets: []
`,
    faults: ["config.yaml:2:1: syntax: found a second document; allowed: one document"],
  },
  {
    name: "a name that starts with @",
    text: `parameters:
  - names: [@A]
`,
    faults: [
      'config.yaml:2:13: syntax: found "  - names: [@A]"; allowed: YAML (Plain value cannot start with reserved character @)',
    ],
  },
  {
    name: "aliases that grow without bound",
    text: `x-a: &a [x,x,x,x,x,x,x,x,x,x]
x-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
x-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
x-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
parameters: [{names: [*e,*e]}]
`,
    faults: [
      "config.yaml:6:22: parameters[0].names: found 222223 values, with all aliases written out; allowed: at most 200000",
    ],
  },
  {
    name: "merge keys that copy without bound",
    text: `x-a: &a\n${Array.from({ length: 1_000 }, (_, index) => `  k${index}: v\n`).join("")}x-b:\n${"  <<: *a\n".repeat(200)}`,
    faults: [
      "config.yaml:2:3: x-b.<<: found more than 200000 keys that << copies, counted over the whole file; allowed: at most 200000",
    ],
  },
  {
    name: "mappings without a key, merged without bound",
    text: `x-a: &a {}\nx-b:\n  <<: &l [${"*a,".repeat(1_000)}*a]\n${"  <<: *l\n".repeat(200)}`,
    faults: [
      "config.yaml:3:10: x-b.<<: found more than 200000 keys that << copies, counted over the whole file; allowed: at most 200000",
    ],
  },
  {
    name: "lines without end",
    text: "k: v\n".repeat(100_000),
    faults: [
      "config.yaml:1:1: syntax: found more than 300000 words, marks and line ends; allowed: at most 300000",
    ],
  },
  {
    name: "quotes without end",
    text: '"'.repeat(1_000_000),
    faults: [
      "config.yaml:1:1: syntax: found more than 300000 words, marks and line ends; allowed: at most 300000",
    ],
  },
  {
    name: "levels without end",
    text: "[".repeat(50),
    faults: ["config.yaml:1:1: syntax: found too many levels of lists and mappings; allowed: at most 40"],
  },
  {
    name: "more keys in one line than the parser's stack has room for",
    text: `cache: { ttl: ${"a: ".repeat(30_000)}}`,
    faults: ["config.yaml:1:1: syntax: found too many levels of lists and mappings; allowed: at most 40"],
  },
]

/**
 * Queries, projections and formats of the section `dynamodb` that have a fault, each in a config.yaml with its exact error
 * message. Part of the table of `brokenConfigs.ts`.
 */
import type { BrokenConfig } from "./brokenConfigs.ts"

const ITEM = "table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v"
const SORTED = `${ITEM}, sortkey: s, sortkeytype: N, sortkeyvalue: 1`

/** An item in the second line, from its fifth column. */
const itemWith = (rest: string): string => `dynamodb:\n  - { ${rest} }\n`

export const BROKEN_QUERIES: ReadonlyArray<BrokenConfig> = [
  {
    name: "a query without a name",
    text: itemWith(`${ITEM}, query: {}`),
    faults: [
      "config.yaml:2:5: dynamodb[0].name: found nothing; allowed: a name for functions to ask for, as a query has no other",
    ],
  },
  {
    name: "a query that is a text",
    text: itemWith(`name: n, query: all, ${ITEM}`),
    faults: [
      'config.yaml:2:23: dynamodb[0].query: found "all"; allowed: a mapping with the keys index, condition, to, order, limit, max_items, max_bytes',
    ],
  },
  {
    name: "an unknown key of a query",
    text: itemWith(`name: n, query: { filter: x }, ${ITEM}`),
    faults: [
      "config.yaml:2:25: dynamodb[0].query.filter: found an unknown key; allowed: index, condition, to, order, limit, max_items, max_bytes",
    ],
  },
  {
    name: "a condition without a sort key",
    text: itemWith(`name: n, query: { condition: "<" }, ${ITEM}`),
    faults: [
      'config.yaml:2:36: dynamodb[0].query.condition: found "<"; allowed: it with sortkey, sortkeytype and sortkeyvalue',
    ],
  },
  {
    name: "begins_with of a number",
    text: itemWith(`name: n, query: { condition: begins_with }, ${SORTED}`),
    faults: [
      'config.yaml:2:36: dynamodb[0].query.condition: found "begins_with"; allowed: it with a sort key of type S or B',
    ],
  },
  {
    name: "between with one end",
    text: itemWith(`name: n, query: { condition: between }, ${SORTED}`),
    faults: ["config.yaml:2:23: dynamodb[0].query.to: found nothing; allowed: the upper end of between"],
  },
  {
    name: "an upper end of nothing",
    text: itemWith(`name: n, query: { to: 2 }, ${SORTED}`),
    faults: ['config.yaml:2:29: dynamodb[0].query.to: found "2"; allowed: it with condition: between'],
  },
  {
    name: "an upper end of another type",
    text: itemWith(`name: n, query: { condition: between, to: two }, ${SORTED}`),
    faults: [
      'config.yaml:2:49: dynamodb[0].query.to: found "two"; allowed: a number of at most 38 digits, as the type is N',
    ],
  },
  {
    name: "a limit above max_items",
    text: itemWith(`name: n, query: { limit: 11, max_items: 10 }, ${ITEM}`),
    faults: [
      'config.yaml:2:32: dynamodb[0].query.limit: found "11"; allowed: at most max_items, which is 10',
    ],
  },
  {
    name: "no attributes",
    text: itemWith(`attributes: [], ${ITEM}`),
    faults: [
      "config.yaml:2:19: dynamodb[0].attributes: found an empty list; allowed: a list of attributes, at least one",
    ],
  },
  {
    name: "attributes that are no paths",
    text: itemWith(`attributes: [a..b, "a[x]", "[0]", "a[0"], ${ITEM}`),
    faults: [
      ["20", "a..b", 0],
      ["26", "a[x]", 1],
      ["34", "[0]", 2],
      ["41", "a[0", 3],
    ].map(
      ([column, text, index]) =>
        `config.yaml:2:${column}: dynamodb[0].attributes[${index}]: found "${text}"; allowed: an attribute such as total or address.lines[0] (names are joined by dots, with indexes in brackets: a.b[0]; a dot within a name is written \\.)`,
    ),
  },
  {
    name: "attributes that overlap",
    text: itemWith(`attributes: [a.b, a, c, c], ${ITEM}`),
    faults: [
      'config.yaml:2:25: dynamodb[0].attributes[1]: found "a"; allowed: attributes that do not overlap with "a.b"',
      'config.yaml:2:31: dynamodb[0].attributes[3]: found "c"; allowed: attributes that do not overlap with "c"',
    ],
  },
  {
    name: "a part of a key",
    text: itemWith(`attributes: [k.x, "s[0]"], ${SORTED}`),
    faults: [
      'config.yaml:2:20: dynamodb[0].attributes[0]: found "k.x"; allowed: "k", as a key has no parts',
      'config.yaml:2:25: dynamodb[0].attributes[1]: found "s[0]"; allowed: "s", as a key has no parts',
    ],
  },
  {
    name: "more attributes than a call can have",
    text: itemWith(
      `attributes: [${Array.from({ length: 900 }, (_, index) => `a${index}`).join(", ")}], ${ITEM}`,
    ),
    faults: [
      "config.yaml:2:19: dynamodb[0].attributes: found a projection of 4394 bytes; allowed: fewer attributes: DynamoDB allows 4096 bytes",
    ],
  },
  {
    name: "a form of numbers where all are strings",
    text: itemWith(`format: dynamodb, numbers: number, ${ITEM}`),
    faults: [
      "config.yaml:2:34: dynamodb[0].numbers: found it beside format: dynamodb, which writes every number as a string; allowed: one of both",
    ],
  },
  {
    name: "tables that are a name",
    text: "tables: Orders\n",
    faults: ['config.yaml:1:9: tables: found "Orders"; allowed: a list, each item after a dash'],
  },
  {
    name: "a declared table with the key of one item",
    text: "tables:\n  - { table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v }\n",
    faults: [
      "config.yaml:2:47: tables[0].hashkeyvalue: found an unknown key; allowed: table, hashkey, hashkeytype, sortkey, sortkeytype, name, region, role_arn, consistent_read, attributes, numbers, format, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, shared",
    ],
  },
  {
    name: "a declared table with half a sort key",
    text: "tables:\n  - { table: Tab, hashkey: k, hashkeytype: S, sortkey: s }\n",
    faults: [
      "config.yaml:2:5: tables[0].sortkeytype: found nothing; allowed: sortkey, sortkeytype both, or none",
    ],
  },
  {
    name: "a declared table without a region",
    text: "tables:\n  - { table: Tab, hashkey: k, hashkeytype: S }\n",
    context: { region: undefined },
    faults: [
      "config.yaml:2:5: tables[0].region: found nothing, and AWS_REGION is not set; allowed: a region such as us-west-2, here or in AWS_REGION",
    ],
  },
]

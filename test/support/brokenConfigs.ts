/**
 * Broken config.yaml files with their exact error messages. Unit tests parse them; integration tests expect the same
 * messages in Lambda's init/error.
 */
import type { ConfigContext } from "../../src/config/ConfigFile.ts"
import { IMPOSSIBLE_NAMES } from "./impossibleNames.ts"

export interface BrokenConfig {
  /** What is wrong, to follow "is refused:". */
  readonly name: string
  readonly text: string
  /** Differences from a function in eu-west-1 that sets no variable. */
  readonly context?: Partial<ConfigContext>
  /** The lines of the message, of a file named config.yaml. */
  readonly faults: ReadonlyArray<string>
}

/** The top-level keys of the file. */
const TOP_KEYS =
  "parameters, secrets, dynamodb, appconfig, cache, on_demand, regions, server, metrics, tracing, compatibility"

export const BROKEN_CONFIGS: ReadonlyArray<BrokenConfig> = [
  ...IMPOSSIBLE_NAMES,
  {
    name: "a misspelt section",
    text: `parametres:
  - names: [A]
`,
    faults: [
      `config.yaml:1:1: parametres: found an unknown key (did you mean "parameters"?); allowed: ${TOP_KEYS}`,
    ],
  },
  {
    name: "a misspelt key",
    text: `parameters:
  - region: us-west-2
    name: [A]
`,
    faults: [
      "config.yaml:2:5: parameters[0].names: found nothing; allowed: a list of parameter names, or paths",
      'config.yaml:3:5: parameters[0].name: found an unknown key (did you mean "names"?); allowed: region, role_arn, names, paths, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl',
    ],
  },
  {
    name: "a key in capitals",
    text: `Parameters:
  - names: [A]
`,
    faults: [
      `config.yaml:1:1: Parameters: found an unknown key (did you mean "parameters"?); allowed: ${TOP_KEYS}`,
    ],
  },
  {
    name: "a key of a later version",
    text: `streams:
  - names: [A]
`,
    faults: [`config.yaml:1:1: streams: found an unknown key; allowed: ${TOP_KEYS}`],
  },
  {
    name: "a misspelt policy key",
    text: `cache:
  stale-if-error: 1h
`,
    faults: [
      'config.yaml:2:3: cache.stale-if-error: found an unknown key (did you mean "stale_if_error"?); allowed: ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, numbers, max_entries, max_bytes, read_budget, load_budget, forced_refresh_interval, idle_refresh_limit',
    ],
  },
  {
    name: "an unknown key that resembles none",
    text: "colour: red\n",
    faults: [`config.yaml:1:1: colour: found an unknown key; allowed: ${TOP_KEYS}`],
  },
  {
    name: "a list instead of the file",
    text: "- parameters\n",
    faults: [`config.yaml:1:1: the file: found a list; allowed: a mapping with the keys ${TOP_KEYS}`],
  },
  {
    name: "a text instead of the file",
    text: "parameters\n",
    faults: [`config.yaml:1:1: the file: found "parameters"; allowed: a mapping with the keys ${TOP_KEYS}`],
  },
  {
    name: "a section without dashes",
    text: `parameters:
  region: us-west-2
  names: [A]
`,
    faults: ["config.yaml:2:3: parameters: found a mapping; allowed: a list, each item after a dash"],
  },
  {
    name: "a section that is a text",
    text: "secrets: db/main\n",
    faults: ['config.yaml:1:10: secrets: found "db/main"; allowed: a list, each item after a dash'],
  },
  {
    name: "a section that is the quoted word null",
    text: "parameters: 'null'\n",
    faults: ['config.yaml:1:13: parameters: found "null"; allowed: a list, each item after a dash'],
  },
  {
    name: "an item that is a text",
    text: `parameters:
  - A
`,
    faults: [
      'config.yaml:2:5: parameters[0]: found "A"; allowed: a mapping with the keys region, role_arn, names, paths, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl',
    ],
  },
  {
    name: "an item that is nothing",
    text: `parameters:
  -
  - names: [A]
`,
    faults: [
      "config.yaml:2:4: parameters[0]: found nothing; allowed: a mapping with the keys region, role_arn, names, paths, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl",
    ],
  },
  {
    name: "names that are missing",
    text: `parameters:
  - region: us-west-2
`,
    faults: [
      "config.yaml:2:5: parameters[0].names: found nothing; allowed: a list of parameter names, or paths",
    ],
  },
  {
    name: "names that are nothing",
    text: `parameters:
  - names:
`,
    faults: ["config.yaml:2:11: parameters[0].names: found nothing; allowed: a list of parameter names"],
  },
  {
    name: "names that are a text",
    text: `parameters:
  - names: A
`,
    faults: ['config.yaml:2:12: parameters[0].names: found "A"; allowed: a list of parameter names'],
  },
  {
    name: "paths that are a text",
    text: `parameters:
  - paths: /app/
`,
    faults: ['config.yaml:2:12: parameters[0].paths: found "/app/"; allowed: a list of paths'],
  },
  {
    name: "a path that does not start with a slash",
    text: `parameters:
  - names: [A]
    paths: [app/prod/]
`,
    faults: [
      'config.yaml:3:13: parameters[0].paths[0]: found "app/prod/"; allowed: a path that starts with a slash, such as /app/prod/, its levels of a-z, A-Z, 0-9, _, - and . (it does not begin with a slash)',
    ],
  },
  {
    name: "a path without a region",
    text: `parameters:
  - paths: [/app/]
`,
    context: { region: undefined },
    faults: [
      "config.yaml:2:5: parameters[0].region: found nothing, and AWS_REGION is not set; allowed: a region such as us-west-2, here or in AWS_REGION",
    ],
  },
  {
    name: "a role that is a name",
    text: `parameters:
  - names: [A]
    role_arn: reader
`,
    faults: [
      'config.yaml:3:15: parameters[0].role_arn: found "reader"; allowed: a role\'s ARN such as arn:aws:iam::123456789012:role/reader',
    ],
  },
  {
    name: "a role that is a user",
    text: `secrets:
  - names: [A]
    role_arn: arn:aws:iam::123456789012:user/reader
`,
    faults: [
      'config.yaml:3:15: secrets[0].role_arn: found "arn:aws:iam::123456789012:user/reader"; allowed: a role\'s ARN such as arn:aws:iam::123456789012:role/reader',
    ],
  },
  {
    name: "an empty name",
    text: `parameters:
  - names:
      - A
      - ''
`,
    faults: [
      `config.yaml:4:9: parameters[0].names[1]: found ""; allowed: a parameter's name or ARN (it is empty)`,
    ],
  },
  {
    name: "a name that is nothing",
    text: `parameters:
  - names:
      - A
      -
`,
    faults: ["config.yaml:4:8: parameters[0].names[1]: found nothing; allowed: a parameter's name or ARN"],
  },
  {
    name: "a name with a blank before it",
    text: `parameters:
  - names:
      - A
      - B
      - ' C'
`,
    faults: [
      `config.yaml:5:9: parameters[0].names[2]: found " C"; allowed: a parameter's name or ARN (there are blanks around it)`,
    ],
  },
  {
    name: "a name with a line end in it",
    text: `parameters:
  - names: ["A\\nB"]
`,
    faults: [
      `config.yaml:2:13: parameters[0].names[0]: found "A\\nB"; allowed: a parameter's name or ARN (there is a control character in it)`,
    ],
  },
  {
    name: "a name that is a list",
    text: `parameters:
  - names:
      - [A, B]
`,
    faults: ["config.yaml:3:9: parameters[0].names[0]: found a list; allowed: a parameter's name or ARN"],
  },
  {
    name: "a name that is a mapping",
    text: `parameters:
  - names:
      - A: B
`,
    faults: ["config.yaml:3:9: parameters[0].names[0]: found a mapping; allowed: a parameter's name or ARN"],
  },
  {
    name: "a region that is none",
    text: `parameters:
  - region: US West
    names: [A]
`,
    faults: ['config.yaml:2:13: parameters[0].region: found "US West"; allowed: a region such as us-west-2'],
  },
  {
    name: "a region that is nothing",
    text: `parameters:
  - region:
    names: [A]
`,
    faults: ["config.yaml:2:12: parameters[0].region: found nothing; allowed: a region such as us-west-2"],
  },
  {
    name: "no region anywhere",
    text: `parameters:
  - names: [A]
`,
    context: { region: undefined },
    faults: [
      "config.yaml:2:5: parameters[0].region: found nothing, and AWS_REGION is not set; allowed: a region such as us-west-2, here or in AWS_REGION",
    ],
  },
  {
    name: "no region anywhere for an item",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v}
`,
    context: { region: undefined },
    faults: [
      "config.yaml:2:5: dynamodb[0].region: found nothing, and AWS_REGION is not set; allowed: a region such as us-west-2, here or in AWS_REGION",
    ],
  },
  {
    name: "a configuration without its parts",
    text: `appconfig:
  - application: shop
`,
    faults: [
      "config.yaml:2:5: appconfig[0].environment: found nothing; allowed: the environment's name or id",
      "config.yaml:2:5: appconfig[0].profile: found nothing; allowed: the configuration profile's name or id",
    ],
  },
  {
    name: "a configuration as functions ask for it",
    text: `appconfig:
  - names: [shop/prod/flags]
`,
    faults: [
      "config.yaml:2:5: appconfig[0].names: found an unknown key; allowed: application, environment, profile, region, role_arn, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl",
      "config.yaml:2:5: appconfig[0].application: found nothing; allowed: the application's name or id",
      "config.yaml:2:5: appconfig[0].environment: found nothing; allowed: the environment's name or id",
      "config.yaml:2:5: appconfig[0].profile: found nothing; allowed: the configuration profile's name or id",
    ],
  },
  {
    name: "a configuration with a slash in a name",
    text: `appconfig:
  - application: shop/web
    environment: prod
    profile: flags
`,
    faults: [
      `config.yaml:2:18: appconfig[0].application: found "shop/web"; allowed: the application's name or id (there is a slash in it; write its id)`,
    ],
  },
  {
    name: "a configuration with a name that AppConfig does not take",
    text: `appconfig:
  - { application: shop, environment: ${"e".repeat(129)}, profile: flags }
`,
    faults: [
      `config.yaml:2:39: appconfig[0].environment: found "${"e".repeat(78)}…; allowed: the environment's name or id (it has 129 characters; 128 are allowed)`,
    ],
  },
  {
    name: "no region anywhere for a configuration",
    text: `appconfig:
  - {application: shop, environment: prod, profile: flags}
`,
    context: { region: undefined },
    faults: [
      "config.yaml:2:5: appconfig[0].region: found nothing, and AWS_REGION is not set; allowed: a region such as us-west-2, here or in AWS_REGION",
    ],
  },
  {
    name: "a ttl without unit",
    text: `cache:
  ttl: 60
`,
    faults: [
      'config.yaml:2:8: cache.ttl: found "60"; allowed: a duration such as 30s, 3m, 1h30m or 300ms (missing unit in duration "60")',
    ],
  },
  {
    name: "a ttl in days",
    text: `parameters:
  - names: [A]
    ttl: 1d
`,
    faults: [
      'config.yaml:3:10: parameters[0].ttl: found "1d"; allowed: a duration such as 30s, 3m, 1h30m or 300ms (unknown unit "d" in duration "1d")',
    ],
  },
  {
    name: "a ttl that is empty",
    text: `parameters:
  - names: [A]
    ttl: ''
`,
    faults: [
      'config.yaml:3:10: parameters[0].ttl: found ""; allowed: a duration such as 30s, 3m, 1h30m or 300ms (invalid duration "")',
    ],
  },
  {
    name: "a ttl that is nothing",
    text: `cache:
  ttl:
`,
    faults: [
      "config.yaml:2:7: cache.ttl: found nothing; allowed: a duration such as 30s, 3m, 1h30m or 300ms",
    ],
  },
  {
    name: "a negative stale period",
    text: `cache:
  stale_while_revalidate: -1s
`,
    faults: [
      'config.yaml:2:27: cache.stale_while_revalidate: found "-1s"; allowed: a duration such as 30s, 3m, 1h30m or 300ms, not negative',
    ],
  },
  {
    name: "an item without key",
    text: `dynamodb:
  - table: Tab
`,
    faults: [
      "config.yaml:2:5: dynamodb[0].hashkey: found nothing; allowed: the name of the table's key attribute",
      "config.yaml:2:5: dynamodb[0].hashkeytype: found nothing; allowed: S, N, B",
      "config.yaml:2:5: dynamodb[0].hashkeyvalue: found nothing; allowed: the value of the key, not empty",
    ],
  },
  {
    name: "an empty table",
    text: `dynamodb:
  - {table: '', hashkey: k, hashkeytype: S, hashkeyvalue: v}
`,
    faults: [
      `config.yaml:2:13: dynamodb[0].table: found ""; allowed: a table's name (3 to 255 of a-z, A-Z, 0-9, _, - and .) or ARN (it is empty)`,
    ],
  },
  {
    name: "a table that cannot exist",
    text: `dynamodb:
  - {table: my table, hashkey: k, hashkeytype: S, hashkeyvalue: v}
`,
    faults: [
      `config.yaml:2:13: dynamodb[0].table: found "my table"; allowed: a table's name (3 to 255 of a-z, A-Z, 0-9, _, - and .) or ARN (there is a blank in it)`,
    ],
  },
  {
    name: "a key type that is none",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: String, hashkeyvalue: v}
`,
    faults: ['config.yaml:2:43: dynamodb[0].hashkeytype: found "String"; allowed: S, N, B'],
  },
  {
    name: "an empty key value",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: ''}
`,
    faults: [
      'config.yaml:2:60: dynamodb[0].hashkeyvalue: found ""; allowed: the value of the key, not empty',
    ],
  },
  {
    name: "a number that is none",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: N, hashkeyvalue: 0x10}
`,
    faults: [
      'config.yaml:2:60: dynamodb[0].hashkeyvalue: found "0x10"; allowed: a number of at most 38 digits, as the type is N',
    ],
  },
  {
    name: "a number of 39 digits",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: N, hashkeyvalue: 123456789012345678901234567890123456789}
`,
    faults: [
      'config.yaml:2:60: dynamodb[0].hashkeyvalue: found "123456789012345678901234567890123456789"; allowed: a number of at most 38 digits, as the type is N',
    ],
  },
  {
    name: "base64 without padding",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: B, hashkeyvalue: AQI}
`,
    faults: [
      'config.yaml:2:60: dynamodb[0].hashkeyvalue: found "AQI"; allowed: base64 with its padding, as the type is B',
    ],
  },
  {
    name: "half a sort key",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v, sortkey: s}
`,
    faults: [
      "config.yaml:2:5: dynamodb[0].sortkeytype: found nothing; allowed: sortkey, sortkeytype, sortkeyvalue all three, or none",
      "config.yaml:2:5: dynamodb[0].sortkeyvalue: found nothing; allowed: sortkey, sortkeytype, sortkeyvalue all three, or none",
    ],
  },
  {
    name: "a sort value of another type",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v, sortkey: s, sortkeytype: N, sortkeyvalue: one}
`,
    faults: [
      'config.yaml:2:105: dynamodb[0].sortkeyvalue: found "one"; allowed: a number of at most 38 digits, as the type is N',
    ],
  },
  {
    name: "a flag that is none",
    text: `dynamodb:
  - {table: Tab, hashkey: k, hashkeytype: S, hashkeyvalue: v, consistent_read: yes}
`,
    faults: [
      'config.yaml:2:80: dynamodb[0].consistent_read: found "yes"; allowed: 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False',
    ],
  },
  {
    name: "a form of numbers that is none",
    text: "cache: {numbers: text}\n",
    faults: ['config.yaml:1:18: cache.numbers: found "text"; allowed: number, string'],
  },
  {
    name: "an on_demand that is none",
    text: "on_demand: maybe\n",
    faults: ['config.yaml:1:12: on_demand: found "maybe"; allowed: deny, allow'],
  },
  {
    name: "a port that is none",
    text: `server:
  port: 65536
`,
    faults: ['config.yaml:2:9: server.port: found "65536"; allowed: a port number from 1 to 65535'],
  },
  {
    name: "metrics every zero invokes, in a namespace of AWS",
    text: `metrics:
  emf_every: 0
  emf_namespace: AWS/Lambda
`,
    faults: [
      'config.yaml:2:14: metrics.emf_every: found "0"; allowed: a whole number from 1 to 1000000',
      'config.yaml:3:18: metrics.emf_namespace: found "AWS/Lambda"; allowed: a CloudWatch namespace such as CacheExtension: at most 255 letters, digits, blanks, and . - _ / # :, not AWS/...',
    ],
  },
  {
    name: "spans sent to what is no URL",
    text: `tracing:
  endpoint: localhost:4318
`,
    faults: [
      'config.yaml:2:13: tracing.endpoint: found "localhost:4318"; allowed: a URL such as http://127.0.0.1:4318, without query, fragment or credentials',
    ],
  },
  {
    name: "a token that is neither off nor required",
    text: `server:
  token: on
`,
    faults: ['config.yaml:2:10: server.token: found "on"; allowed: off, required'],
  },
  {
    name: "a token that is required where the environment has none",
    text: `server:
  token: required
`,
    context: { tokens: { fixed: [], file: undefined } },
    faults: [
      "config.yaml:2:10: server.token: found required, and no token in the environment; allowed: off, or required where one of AWS_SESSION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set",
    ],
  },
  {
    name: "clients of the workload credentials provider without a token that they could show",
    text: `compatibility:
  parameters_and_secrets: on
  workload_credentials: on
`,
    context: { workloadTokens: { fixed: [], file: undefined } },
    faults: [
      "config.yaml:3:25: compatibility.workload_credentials: found on, and no token in the environment; allowed: off, or on where one of AWS_TOKEN, AWS_SESSION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set",
    ],
  },
  {
    name: "no concurrent requests at all",
    text: `server:
  max_concurrent_requests: 0
`,
    faults: [
      'config.yaml:2:28: server.max_concurrent_requests: found "0"; allowed: a whole number from 1 to 1000000',
    ],
  },
  {
    name: "a version stage that is empty",
    text: `secrets:
  - names: [A]
    version_stage: ''
`,
    faults: [
      'config.yaml:3:20: secrets[0].version_stage: found ""; allowed: a staging label such as AWSCURRENT (it is empty)',
    ],
  },
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
  {
    name: "another word than off or on for the routes of another extension",
    text: `compatibility:
  parameters_and_secrets: true
`,
    faults: ['config.yaml:2:27: compatibility.parameters_and_secrets: found "true"; allowed: off, on'],
  },
  {
    name: "an unknown extension to be compatible with",
    text: `compatibility:
  appconfig: on
`,
    faults: [
      "config.yaml:2:3: compatibility.appconfig: found an unknown key; allowed: parameters_and_secrets, workload_credentials",
    ],
  },
]

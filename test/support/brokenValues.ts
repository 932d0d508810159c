/**
 * Invalid durations, keys of items, flags, ports and the like, each in a config.yaml with its exact error message. Part of
 * the table of `brokenConfigs.ts`.
 */
import type { BrokenConfig } from "./brokenConfigs.ts"

export const BROKEN_VALUES: ReadonlyArray<BrokenConfig> = [
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
    faults: [
      'config.yaml:1:12: on_demand: found "maybe"; allowed: deny, allow, or a mapping with allow: a list of patterns of names',
    ],
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
      "config.yaml:2:3: compatibility.appconfig: found an unknown key; allowed: parameters_and_secrets, workload_credentials, appconfig_agent",
    ],
  },
]

/**
 * Keys that config.yaml does not have, and sections, items, names and roles in another shape than theirs, each in a
 * config.yaml with its exact error message. Part of the table of `brokenConfigs.ts`.
 */
import type { BrokenConfig } from "./brokenConfigs.ts"

/** The top-level keys of the file. */
const TOP_KEYS =
  "parameters, secrets, dynamodb, appconfig, s3, sql, http, tables, cache, on_demand, regions, server, metrics, tracing, compatibility, shared, include"

export const BROKEN_KEYS: ReadonlyArray<BrokenConfig> = [
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
      'config.yaml:3:5: parameters[0].name: found an unknown key (did you mean "names"?); allowed: region, role_arn, names, paths, recursive, label, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, shared',
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
      'config.yaml:2:5: parameters[0]: found "A"; allowed: a mapping with the keys region, role_arn, names, paths, recursive, label, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, shared',
    ],
  },
  {
    name: "an item that is nothing",
    text: `parameters:
  -
  - names: [A]
`,
    faults: [
      "config.yaml:2:4: parameters[0]: found nothing; allowed: a mapping with the keys region, role_arn, names, paths, recursive, label, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, shared",
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
]

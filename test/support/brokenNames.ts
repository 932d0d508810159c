/**
 * Invalid names, regions and AppConfig configurations, each in a config.yaml with its exact error message. Part of the table
 * of `brokenConfigs.ts`.
 */
import type { BrokenConfig } from "./brokenConfigs.ts"

export const BROKEN_NAMES: ReadonlyArray<BrokenConfig> = [
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
      "config.yaml:2:5: appconfig[0].names: found an unknown key; allowed: application, environment, profile, region, role_arn, ttl, stale_while_revalidate, stale_if_error, stale_if_denied, negative_ttl, shared",
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
]

/**
 * The configurations of the benches: the example of the original extension, and a large one.
 */

export interface Workload {
  readonly name: string
  /** The text of config.yaml. */
  readonly config: string
  /** How long each AWS call takes, in milliseconds. */
  readonly latency: number
  /** The path and query of an entry that must have been loaded. */
  readonly probe: string
  /** Those of another entry. */
  readonly early: string
}

export const TIER_TABLE = "shared-tier"

/** What adds a shared tier to a workload. */
export const TIER_VARIABLES = {
  CACHE_EXTENSION_DEFAULTS: JSON.stringify({
    shared: {
      store: `dynamodb://${TIER_TABLE}`,
      namespace: "bench",
      encryption: { kms_key: "alias/bench" },
    },
  }),
}

const PARAMETER = "CacheExtensions_Parameter1"

/** The reads of the warm bench, from the small workload. */
export const TARGETS = {
  parameter: `/parameters?name=${PARAMETER}`,
  item: "/dynamodb?name=DynamoDbTable-pKey1-sKey1",
} as const

const numbered = (count: number, name: (number: number) => string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => name(index + 1))

const section = (kind: string, items: ReadonlyArray<string>): string => [`${kind}:`, ...items, ""].join("\n")

const names = (all: ReadonlyArray<string>): ReadonlyArray<string> => [
  "  - region: us-west-2",
  "    names:",
  ...all.map((name) => `      - ${name}`),
]

const item = (sortKey: string): string => `  - table: DynamoDbTable
    hashkey: pKey
    hashkeytype: S
    hashkeyvalue: pKey1
    sortkey: sKey
    sortkeytype: S
    sortkeyvalue: ${sortKey}`

export const SMALL: Workload = {
  name: "2 parameters and 1 item",
  config: [
    section("parameters", names([PARAMETER, "/aws/reference/secretsmanager/secret_info"])),
    section("dynamodb", [item("sKey1")]),
  ].join(""),
  latency: 0,
  probe: TARGETS.item,
  early: TARGETS.parameter,
}

export const LARGE: Workload = {
  name: "50 parameters, 20 secrets and 100 items at 20 ms a call",
  config: [
    section("parameters", names(numbered(50, (number) => `/app/prod/parameter-${number}`))),
    section("secrets", names(numbered(20, (number) => `app/prod/secret-${number}`))),
    section(
      "dynamodb",
      numbered(100, (number) => item(`sKey${number}`)),
    ),
  ].join(""),
  latency: 20,
  probe: "/dynamodb?name=DynamoDbTable-pKey1-sKey100",
  early: "/parameters?name=/app/prod/parameter-1",
}

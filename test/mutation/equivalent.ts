/**
 * Mutants of the core that behave as the original does, so that no test can tell them apart: `npm run mutate` leaves
 * them out. Each with the reason; what a test could notice has no place here.
 */
import type { Equivalent } from "../../scripts/mutate/mutants.ts"

type Mutation = readonly [text: string, before: string, after: string]

const of = (file: string, why: string, ...mutations: ReadonlyArray<Mutation>): ReadonlyArray<Equivalent> =>
  mutations.map(([text, before, after]) => ({ file, text, before, after, why }))

export const EQUIVALENT: ReadonlyArray<Equivalent> = [
  ...of("src/cache/refetch.ts", "A fetch of one's own that is waited for twice gives the same twice.", [
    "if (first.isCollapsed) yield* Effect.ignore(first.fetched)",
    "first.isCollapsed",
    "true",
  ]),
  ...of(
    "src/cache/Slot.ts",
    "Pauses have reached their longest, 5 s, after 6 doublings; the bound on the exponent only keeps it finite.",
    ["const longest = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 16))", "16", "17"],
    ["const longest = Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures - 1, 16))", "16", "15"],
  ),
  ...of("src/cache/Slot.ts", "Spreading undefined adds nothing, as spreading an empty object does.", [
    'if (held === undefined || reason._tag === "InvalidRequest") return {}',
    "{}",
    "undefined",
  ]),
  ...of("src/cache/Slot.ts", "undefined is greater than no number: the comparison alone is false, too.", [
    "at !== undefined && at > earliest && at <= latest",
    "at !== undefined && at > earliest",
    "(at > earliest)",
  ]),
  ...of("src/cache/Slot.ts", "isPausing is true only where there is a failure.", [
    "const pausedUntil = failing !== undefined && isPausing(slot, now) ? failing.retryAt : now",
    "failing !== undefined && isPausing(slot, now)",
    "(isPausing(slot, now))",
  ]),
  ...of(
    "src/cache/Slot.ts",
    "Without max-stale the bound is not a number, and the decision stays as it was.",
    [
      "return demand.maxStale === undefined",
      "demand.maxStale === undefined ? byPolicy : withMaxStale(byPolicy, slot, now, policy, demand.maxStale)",
      "(withMaxStale(byPolicy, slot, now, policy, demand.maxStale))",
    ],
  ),
  ...of("src/cache/Store.ts", "Adding 0, or nothing, to a counter that only rises leaves it as it is.", [
    "evicted === 0 ? Effect.void : Metric.update(Metrics.evictions, evicted),",
    "evicted === 0 ? Effect.void : Metric.update(Metrics.evictions, evicted)",
    "(Metric.update(Metrics.evictions, evicted))",
  ]),
  ...of("src/http/shortcut.ts", "A member that is undefined and one that is not there read alike.", [
    "const target: Target = { entry, count: counters[entry.address.kind], sent: undefined }",
    ", sent: undefined",
    "",
  ]),
  ...of("src/kinds/dynamodb/fetch/items.ts", "A filter drops an item for undefined as it does for false.", [
    "return false",
    "false",
    "undefined",
  ]),
  ...of(
    "src/kinds/dynamodb/fetch/items.ts",
    "A round begins only while something is left; the types do not know that.",
    [
      "return Arr.isReadonlyArrayNonEmpty(left) ? fetchRound(left, attempt, rounds) : Effect.succeed([])",
      "Arr.isReadonlyArrayNonEmpty(left) ? fetchRound(left, attempt, rounds) : Effect.succeed([])",
      "(fetchRound(left, attempt, rounds))",
    ],
    [
      "(after) => after.length < left.length || left.length === 0,",
      "after.length < left.length || left.length === 0",
      "(after.length < left.length)",
    ],
  ),
  ...of("src/sources/Sources.ts", "Nobody reads the tag of a request: there is one kind of them.", [
    'const Fetch = Request.tagged<Fetch>("Fetch")',
    '"Fetch"',
    '""',
  ]),
  ...of("src/sources/Sources.ts", "`withRetries` has the same default.", [
    "attemptTimeout: Duration.Duration = ATTEMPT_TIMEOUT,",
    "attemptTimeout: Duration.Duration = ATTEMPT_TIMEOUT",
    "attemptTimeout: Duration.Duration",
  ]),
  ...of(
    "src/sources/Sources.ts",
    "Nobody looks at the results: to discard them saves their memory alone.",
    ['concurrency: "unbounded",', ", discard: true", ""],
    ["discard: true,", "true", "false"],
    ["{ discard: true },", "discard: true", ""],
    ["{ discard: true },", "true", "false"],
  ),
  ...of(
    "src/sources/BatchWindow.ts",
    "The count of arrivals is only looked at for whether it has changed.",
    ["let arrivals = 0", "0", "1"],
    ["arrivals += 1", "arrivals += 1", "arrivals -= 1"],
    ["arrivals += 1", "1", "2"],
  ),
  ...of(
    "src/kinds/dynamodb/fetch/attributes.ts",
    "An object without members has no type, whatever stands for it.",
    ['const [[type, value] = ["", undefined], ...others] = Object.entries(input)', '"",', ""],
    ['const [[type, value] = ["", undefined], ...others] = Object.entries(input)', '""', '"mutated"'],
    ['const [[type, value] = ["", undefined], ...others] = Object.entries(input)', ", undefined", ""],
  ),
  ...of(
    "src/kinds/dynamodb/fetch/attributes.ts",
    "`every` takes undefined for false; a type that is the table's own has a shape.",
    ["if (others.length > 0 || depth > MAX_DEPTH) return false", "false", "undefined"],
    ["return Object.hasOwn(SCALARS, type) && SCALARS[type]?.(value) === true", "?.(value)", "(value)"],
  ),
  ...of(
    "src/kinds/dynamodb/fetch/itemKeys.ts",
    "Numbers have been checked to be such; those of one value have the same significant digits, so that their number adds the same to each.",
    [
      "/^([-+]?)(\\d*)(?:\\.(\\d*))?(?:[eE]([-+]?\\d+))?$/.exec(digits) ?? []",
      "/^([-+]?)(\\d*)(?:\\.(\\d*))?(?:[eE]([-+]?\\d+))?$/",
      "/^([-+]?)(\\d*)(?:\\.(\\d*))?(?:[eE]([-+]?\\d+))?/",
    ],
    [
      "const magnitude = Number(exponent) - fraction.length + (all.length - significant.length)",
      "all.length - significant.length",
      "all.length + significant.length",
    ],
  ),
  ...of(
    "src/kinds/dynamodb/fetch/itemKeys.ts",
    "What is not there is undefined, which no address is at; a group has a member.",
    [
      'return "N" in attribute ? attribute.N : undefined',
      '"N" in attribute ? attribute.N : undefined',
      "(attribute.N)",
    ],
    [
      "const attribute = Object.hasOwn(item, name) ? item[name] : undefined",
      "Object.hasOwn(item, name) ? item[name] : undefined",
      "(item[name])",
    ],
    [
      'const found = schemas.map((schema) => itemKey(item, schema)).filter((key) => requested.has(key ?? ""))',
      'key ?? ""',
      "(key)",
    ],
    [
      'const found = schemas.map((schema) => itemKey(item, schema)).filter((key) => requested.has(key ?? ""))',
      '""',
      '"mutated"',
    ],
    ["ConsistentRead: inTable[0]?.consistentRead,", "?.", "."],
  ),
  ...of(
    "src/kinds/secrets/fetch/match.ts",
    "Without the suffix nothing is taken away, and the whole was compared already; undefined has no suffix.",
    [
      'arn === id || (SUFFIX.test(arn) && arn.replace(SUFFIX, "") === id)',
      'SUFFIX.test(arn) && arn.replace(SUFFIX, "") === id',
      '(arn.replace(SUFFIX, "") === id)',
    ],
    [
      "return onlyOne(secrets.filter(({ ARN }) => ARN != null && isFullArn(ARN, id)))",
      "ARN != null && isFullArn(ARN, id)",
      "(isFullArn(ARN, id))",
    ],
  ),
  ...of(
    "src/aws/awsErrors.ts",
    "`undefined` is no word of a deletion; the SDK's lists have 500 already.",
    ['const message = String(error.message ?? "")', 'error.message ?? ""', "(error.message)"],
    ["if (status === undefined || status < 400 || status >= 500) return Unavailable", "500", "501"],
  ),
  ...of("src/cache/SingleFlight.ts", "What is not there is as false as false.", [
    "const flight: InFlight = { fiber: fork(fetching), startedAt, budget: options.budget, isOverdue: false }",
    ", isOverdue: false",
    "",
  ]),
]

/**
 * Snapshots for the tests of the page: an environment with every kind of trouble.
 */
import type { EntryReadiness } from "../../../local/page/Readiness.ts"
import { parseSamples } from "../../../local/page/samples.ts"
import type { Snapshot } from "../../../local/page/Snapshot.ts"

/** 2026-01-02T03:04:05Z. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

export const METRICS = `# HELP cache_extension_reads_total Reads by outcome
# TYPE cache_extension_reads_total counter
cache_extension_reads_total{outcome="hit"} 1284
cache_extension_reads_total{outcome="miss"} 6
cache_extension_reads_total{outcome="stale-if-error"} 9
cache_extension_reads_total{outcome="absent"} 2
cache_extension_reads_total{outcome="failed"} 3
cache_extension_aws_calls_total{service="SSM",operation="GetParameters",outcome="ok"} 3
cache_extension_aws_calls_total{service="SSM",operation="GetParameter",outcome="Throttled"} 4
cache_extension_aws_calls_total{service="DYNAMODB",operation="GetItem",outcome="ok"} 2
cache_extension_entries 5
cache_extension_bytes 4120
`

export const ENTRIES: ReadonlyArray<EntryReadiness> = [
  {
    kind: "parameters",
    name: "/app/prod/db-url",
    listed: true,
    state: "fresh",
    age: 12,
    ttl: 3_600,
    hits: 812,
  },
  {
    kind: "parameters",
    name: "/app/prod/feature-flags:live",
    listed: true,
    state: "expired",
    age: 95,
    ttl: 30,
    hits: 472,
    reason: {
      type: "urn:lambda-cache-extension:problem:throttled",
      detail: "ThrottlingException: Rate exceeded",
    },
    nextTry: "2026-01-02T03:04:07.200Z",
  },
  { kind: "secrets", name: "db/main", listed: true, state: "stale", age: 61, ttl: 60, hits: 9 },
  { kind: "secrets", name: "db/reporting", listed: true, state: "pending", ttl: 60, hits: 0 },
  {
    kind: "parameters",
    name: "/app/prod/gone",
    listed: false,
    state: "absent",
    ttl: 3_600,
    hits: 2,
    reason: {
      type: "urn:lambda-cache-extension:problem:no-data-found",
      detail: "ParameterNotFound: there is no such parameter",
    },
  },
  { kind: "dynamodb", name: "Orders-42", listed: true, state: "fresh", age: 3_700, ttl: 7_200, hits: 1 },
]

export const SNAPSHOT: Snapshot = {
  at: NOW,
  environment: { state: "frozen", since: NOW - 700, invocations: 214 },
  origin: "http://127.0.0.1:4000",
  report: { at: NOW, readiness: { ready: true, entries: ENTRIES }, samples: parseSamples(METRICS) },
  pollError: undefined,
  calls: [
    { service: "ssm", operation: "GetParameter", count: 4, last: NOW - 5_000 },
    { service: "ssm", operation: "GetParameters", count: 3, last: NOW - 95_000 },
    { service: "dynamodb", operation: "GetItem", count: 2, last: NOW - 3_700_000 },
  ],
}

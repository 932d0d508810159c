/**
 * The Schema of config.yaml: a section for each kind of source, and the keys that apply to all of them.
 *
 * `ConfigFile` decodes with it, `jsonSchema` derives the JSON Schema from it.
 */
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { regionField } from "../kinds/access.ts"
import * as fields from "./fields/fields.ts"
import { NUMBER_FORMS } from "../kinds/dynamodb/address.ts"
import { kinds } from "../kinds/kinds.ts"
import { policyFields } from "./fields/policies.ts"

const ON_DEMAND = ["deny", "allow"] as const
const OFF_OR_ON = ["off", "on"] as const
const TOKEN = ["off", "required"] as const

/** Limits of the cache; see `Limits`. */
const limitFields = {
  max_entries: Schema.optionalKey(
    fields.count(
      "How many entries are kept at most; beyond that the least recently read are evicted. Default 10000.",
    ),
  ),
  max_bytes: Schema.optionalKey(
    fields.bytes(
      "How many bytes the entries may count; beyond that the least recently read are evicted. Default: by the function's memory, 64MiB at most.",
    ),
  ),
  read_budget: Schema.optionalKey(
    fields.span(
      "How long a read may wait for AWS, including retries; never longer than the invoke. Default 2.5s.",
    ),
  ),
  load_budget: Schema.optionalKey(
    fields.span("How long the load at start-up may take in total. Default 8s."),
  ),
  forced_refresh_interval: Schema.optionalKey(
    fields.span("How often a function can force a fetch of an entry, by no-cache or DELETE. Default 1s."),
  ),
  idle_refresh_limit: Schema.optionalKey(
    fields.span(
      "An entry that has not been read for this long is no longer refreshed in the background. Default: three ttls.",
    ),
  ),
}

/** The keys that are not sections. */
const commonFields = {
  cache: Schema.optionalKey(
    fields.mapping(
      {
        ...policyFields,
        numbers: Schema.optionalKey(
          fields.word(
            "How numbers of items are written, unless the section says otherwise. Default number.",
            NUMBER_FORMS,
          ),
        ),
        ...limitFields,
      },
      "The settings of every entry whose section does not override them.",
    ),
  ),
  on_demand: Schema.optionalKey(
    fields.word(
      "Whether unlisted names are fetched (allow) or answered with 404 (deny). Default deny.",
      ON_DEMAND,
    ),
  ),
  regions: Schema.optionalKey(
    fields.list(
      regionField("An AWS region."),
      "Regions whose unlisted ARNs may be read, in addition to the function's own and those of listed entries. Default: no others.",
      "a list of regions",
    ),
  ),
  server: Schema.optionalKey(
    fields.mapping(
      {
        port: Schema.optionalKey(
          fields.port("The port functions ask. CACHE_EXTENSION_PORT overrides it. Default 4000."),
        ),
        token: Schema.optionalKey(
          fields.word(
            "Whether requests must carry X-Aws-Parameters-Secrets-Token with the function's token. Default off.",
            TOKEN,
          ),
        ),
        max_concurrent_requests: Schema.optionalKey(
          fields.count("How many requests may wait at once; the next one gets 429. Default 1000."),
        ),
      },
      "The server on 127.0.0.1.",
    ),
  ),
  metrics: Schema.optionalKey(
    fields.mapping(
      {
        emf_every: Schema.optionalKey(
          fields.count(
            "Metrics are logged for CloudWatch after this many invokes, and at SHUTDOWN. Default: never.",
          ),
        ),
        emf_namespace: Schema.optionalKey(
          fields.namespace("Where CloudWatch puts these metrics. Default CacheExtension."),
        ),
      },
      "Metrics in CloudWatch's Embedded Metric Format.",
    ),
  ),
  tracing: Schema.optionalKey(
    fields.mapping(
      {
        endpoint: Schema.optionalKey(
          fields.httpUrl(
            "Where spans are sent by OTLP over HTTP. CACHE_EXTENSION_OTLP_ENDPOINT overrides it. Default: nowhere.",
          ),
        ),
      },
      "Spans of reads, fetches and refreshes.",
    ),
  ),
  compatibility: Schema.optionalKey(
    fields.mapping(
      {
        parameters_and_secrets: Schema.optionalKey(
          fields.word(
            "Whether the routes of the AWS Parameters and Secrets extension are offered, on its port. Default off.",
            OFF_OR_ON,
          ),
        ),
        workload_credentials: Schema.optionalKey(
          fields.word(
            "Whether the routes of AWS's workload credentials provider (Secrets Manager agent) are offered, on the same port. Default off.",
            OFF_OR_ON,
          ),
        ),
      },
      "Routes for functions that were written for another extension.",
    ),
  ),
}

const DESCRIPTION = "config.yaml of the Lambda cache extension: what to keep in memory, and for how long."

/** The file without the content of its sections, which are decoded one by one. */
export const FileFrame = fields.mapping(
  { ...Record.map(kinds, () => Schema.optionalKey(Schema.Unknown)), ...commonFields },
  DESCRIPTION,
)
export type FileFrame = typeof FileFrame.Type

/** The whole file. */
export const ConfigSchema = fields.mapping(
  { ...Record.map(kinds, ({ section }) => Schema.optionalKey(section.schema)), ...commonFields },
  DESCRIPTION,
)

/** Keys whose mapping may be empty, like a section. */
export const NULLABLE_KEYS: ReadonlyArray<string> = ["cache", "server", "metrics", "tracing", "compatibility"]

/** The prefix of top-level keys that are ignored: a place for anchors, as in Compose files. */
export const EXTENSION_PREFIX = "x-"

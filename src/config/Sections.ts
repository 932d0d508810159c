/**
 * The sections of config.yaml, one per kind of source, and the Schema of the whole file.
 *
 * Adding a source = its file in `sections/` and its line here. `ConfigFile` reads by it, `jsonSchema` describes it.
 */
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type { Kind } from "../domain/Address.ts"
import { regionField } from "./sections/access.ts"
import * as fields from "./sections/fields.ts"
import { appconfig } from "./sections/AppConfig.ts"
import { dynamodb } from "./sections/DynamoDb.ts"
import { parameters } from "./sections/Parameters.ts"
import { policyFields } from "./sections/Policies.ts"
import { secrets } from "./sections/Secrets.ts"
import type { Section } from "./sections/Section.ts"

export const sections: Readonly<Record<Kind, Section>> = { parameters, secrets, dynamodb, appconfig }

const ON_DEMAND = ["deny", "allow"] as const
const OFF_OR_ON = ["off", "on"] as const
const TOKEN = ["off", "required"] as const

/** What bounds the cache as a whole; `Limits` says what each is for. */
const limitFields = {
  max_entries: Schema.optionalKey(
    fields.count("How many entries are held at most; then the least recently used go. Default 10000."),
  ),
  max_bytes: Schema.optionalKey(
    fields.bytes(
      "How many bytes the entries may count; then the least recently used go. Default: by the function's memory, 64MiB at most.",
    ),
  ),
  read_budget: Schema.optionalKey(
    fields.span(
      "How long a read may wait for AWS in all, retries included; never longer than the invoke. Default 2.5s.",
    ),
  ),
  load_budget: Schema.optionalKey(fields.span("How long the load at start-up may take in all. Default 8s.")),
  forced_refresh_interval: Schema.optionalKey(
    fields.span("How often a function can force a key to be fetched: no-cache or DELETE. Default 1s."),
  ),
  idle_refresh_limit: Schema.optionalKey(
    fields.span("An entry nobody has read for so long is no longer refreshed unasked. Default: three ttls."),
  ),
}

/** Beside the sections: what holds for all of them. */
const commonFields = {
  cache: Schema.optionalKey(
    fields.mapping(
      {
        ...policyFields,
        numbers: Schema.optionalKey(
          fields.word("How numbers of items are written where a section does not say. Default number.", [
            "number",
            "string",
          ]),
        ),
        ...limitFields,
      },
      "What holds for every entry whose section does not say otherwise.",
    ),
  ),
  on_demand: Schema.optionalKey(
    fields.word(
      "Whether names that are not listed are fetched, or answered with 404. Default deny.",
      ON_DEMAND,
    ),
  ),
  regions: Schema.optionalKey(
    fields.list(
      regionField("An AWS region."),
      "The regions in which ARNs that are not listed may be asked for, beside the function's own and those of what is listed. Default: no others.",
      "a list of regions",
    ),
  ),
  server: Schema.optionalKey(
    fields.mapping(
      {
        port: Schema.optionalKey(
          fields.port("The port functions ask. CACHE_EXTENSION_PORT wins over it. Default 4000."),
        ),
        token: Schema.optionalKey(
          fields.word(
            "Whether requests must carry X-Aws-Parameters-Secrets-Token with the function's token. Default off.",
            TOKEN,
          ),
        ),
        max_concurrent_requests: Schema.optionalKey(
          fields.count(
            "How many requests may wait at once; a further one is answered with 429. Default 1000.",
          ),
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
            "After so many invokes, and at SHUTDOWN, metrics are logged for CloudWatch. Default: never.",
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
            "Where spans are sent by OTLP over HTTP. CACHE_EXTENSION_OTLP_ENDPOINT wins over it. Default: nowhere.",
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
      "What functions that were written for another extension find.",
    ),
  ),
}

const DESCRIPTION = "config.yaml of the Lambda cache extension: what to keep in memory, and for how long."

/** The file without the content of its sections, which are read one by one. */
export const FileFrame = fields.mapping(
  { ...Record.map(sections, () => Schema.optionalKey(Schema.Unknown)), ...commonFields },
  DESCRIPTION,
)
export type FileFrame = typeof FileFrame.Type

/** The file with everything in it. */
export const ConfigSchema = fields.mapping(
  { ...Record.map(sections, ({ schema }) => Schema.optionalKey(schema)), ...commonFields },
  DESCRIPTION,
)

/** The keys whose mapping may hold nothing, as a section may. */
export const NULLABLE_KEYS: ReadonlyArray<string> = ["cache", "server", "metrics", "tracing", "compatibility"]

/** Top-level keys that start so are left alone: a place for anchors, as in Compose files. */
export const EXTENSION_PREFIX = "x-"

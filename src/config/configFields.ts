/**
 * The fields of config.yaml: a section for each kind of source, and the keys that apply to all of them.
 *
 * `ConfigFile` decodes by them, `jsonSchema` derives the JSON Schema from them.
 */
import * as Record from "effect/Record"
import { regionField } from "../kinds/access.ts"
import type { Decoded } from "./fields/Field.ts"
import * as fields from "./fields/fields.ts"
import { NUMBER_FORMS } from "../kinds/dynamodb/address.ts"
import { COLLECTIONS, kinds } from "../kinds/kinds.ts"
import { PATTERN_ALLOWED, patternFault } from "../kinds/patterns.ts"
import { policyFields } from "./fields/policies.ts"

const ON_DEMAND = ["deny", "allow"] as const
const OFF_OR_ON = ["off", "on"] as const
const TOKEN = ["off", "required"] as const

/** Limits of the cache; see `Limits`. */
const limitFields = {
  max_entries: fields.optional(
    fields.count(
      "How many entries are kept at most; beyond that the least recently read are evicted. Default 10000.",
    ),
  ),
  max_bytes: fields.optional(
    fields.bytes(
      "How many bytes the entries may count; beyond that the least recently read are evicted. Default: by the function's memory, 64MiB at most.",
    ),
  ),
  read_budget: fields.optional(
    fields.span(
      "How long a read may wait for AWS, including retries; never longer than the invoke. Default 2.5s.",
    ),
  ),
  load_budget: fields.optional(fields.span("How long the load at start-up may take in total. Default 8s.")),
  forced_refresh_interval: fields.optional(
    fields.span("How often a function can force a fetch of an entry, by no-cache or DELETE. Default 1s."),
  ),
  idle_refresh_limit: fields.optional(
    fields.span(
      "An entry that has not been read for this long is no longer refreshed in the background. Default: three ttls.",
    ),
  ),
}

/** The keys that are not sections. */
export const commonFields = {
  cache: fields.optional(
    fields.mapping(
      {
        ...policyFields,
        numbers: fields.optional(
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
  on_demand: fields.optional(
    fields.either(
      fields.word(
        "Whether unlisted names are fetched (allow) or answered with 404 (deny). Default deny.",
        ON_DEMAND,
      ),
      fields.mapping(
        {
          allow: fields.list(
            fields.named(
              "A pattern of names, in which * stands for any characters: /shop/prod/*.",
              PATTERN_ALLOWED,
              patternFault,
            ),
            "The patterns of the unlisted names that are fetched; others are answered with 404.",
            "a list of patterns of names",
          ),
        },
        "Fetches only unlisted names that match a pattern.",
      ),
      "deny, allow, or a mapping with allow: a list of patterns of names",
    ),
  ),
  regions: fields.optional(
    fields.list(
      regionField("An AWS region."),
      "Regions whose unlisted ARNs may be read, in addition to the function's own and those of listed entries. Default: no others.",
      "a list of regions",
    ),
  ),
  server: fields.optional(
    fields.mapping(
      {
        port: fields.optional(
          fields.port("The port functions ask. CACHE_EXTENSION_PORT overrides it. Default 4000."),
        ),
        token: fields.optional(
          fields.word(
            "Whether requests must carry X-Aws-Parameters-Secrets-Token with the function's token. Default off.",
            TOKEN,
          ),
        ),
        max_concurrent_requests: fields.optional(
          fields.count("How many requests may wait at once; the next one gets 429. Default 1000."),
        ),
      },
      "The server on 127.0.0.1.",
    ),
  ),
  metrics: fields.optional(
    fields.mapping(
      {
        emf_every: fields.optional(
          fields.count(
            "Metrics are logged for CloudWatch after this many invokes, and at SHUTDOWN. CACHE_EXTENSION_EMF_EVERY overrides it. Default: never.",
          ),
        ),
        emf_namespace: fields.optional(
          fields.namespace("Where CloudWatch puts these metrics. Default CacheExtension."),
        ),
      },
      "Metrics in CloudWatch's Embedded Metric Format.",
    ),
  ),
  tracing: fields.optional(
    fields.mapping(
      {
        endpoint: fields.optional(
          fields.httpUrl(
            "Where spans are sent by OTLP over HTTP. CACHE_EXTENSION_OTLP_ENDPOINT overrides it. Default: nowhere.",
          ),
        ),
      },
      "Spans of reads, fetches and refreshes.",
    ),
  ),
  compatibility: fields.optional(
    fields.mapping(
      {
        parameters_and_secrets: fields.optional(
          fields.word(
            "Whether the routes of the AWS Parameters and Secrets extension are offered, on its port. Default off.",
            OFF_OR_ON,
          ),
        ),
        workload_credentials: fields.optional(
          fields.word(
            "Whether the routes of AWS's workload credentials provider (Secrets Manager agent) are offered, on the same port. Default off.",
            OFF_OR_ON,
          ),
        ),
        appconfig_agent: fields.optional(
          fields.word(
            "Whether the routes of AWS's AppConfig agent are offered, on its port 2772. Default off.",
            OFF_OR_ON,
          ),
        ),
      },
      "Routes for functions that were written for another extension.",
    ),
  ),
  // `shared/fields.ts` has its fields, which only a file with the section needs.
  shared: fields.optional(fields.anything),
}

/** The key that names a second file. */
export const INCLUDE_KEY = "include"

export const includeField = fields.optional(
  fields.name(
    "The path of a second file, relative to this one. Its sections and keys are joined with those of this file, which win.",
    "the path of a second file such as shared.yaml",
  ),
)

/** The keys that a fleet may have in common: `CACHE_EXTENSION_DEFAULTS`. */
export const CommonFrame = fields.mapping(commonFields, "What config.yaml says unless it says otherwise.")
export type CommonFrame = Decoded<typeof CommonFrame>

export const DESCRIPTION =
  "config.yaml of the Lambda cache extension: what to keep in memory, and for how long."

/** The keys of collections. `ConfigFile` reads their content by their own fields. */
const collectionFields: Readonly<Record<never, never>> = Object.fromEntries(
  Array.from(COLLECTIONS.keys(), (key) => [key, fields.optional(fields.anything)]),
)

/** The file without the content of its sections, which are decoded one by one. */
export const FileFrame = fields.mapping(
  {
    ...Record.map(kinds, () => fields.optional(fields.anything)),
    ...collectionFields,
    ...commonFields,
    [INCLUDE_KEY]: includeField,
  },
  DESCRIPTION,
)
export type FileFrame = Decoded<typeof FileFrame>

/** The keys of the file, and those of CACHE_EXTENSION_DEFAULTS that it does not have. */
export const withCommon = (frame: FileFrame, common: CommonFrame | undefined): FileFrame =>
  common === undefined
    ? frame
    : {
        ...common,
        ...frame,
        cache: { ...common.cache, ...frame.cache },
        server: { ...common.server, ...frame.server },
        metrics: { ...common.metrics, ...frame.metrics },
        tracing: { ...common.tracing, ...frame.tracing },
        compatibility: { ...common.compatibility, ...frame.compatibility },
      }

/** Keys whose mapping may be empty, like a section. */
export const NULLABLE_KEYS: ReadonlyArray<string> = ["cache", "server", "metrics", "tracing", "compatibility"]

/** The prefix of top-level keys that are ignored: a place for anchors, as in Compose files. */
export const EXTENSION_PREFIX = "x-"

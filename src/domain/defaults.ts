/**
 * Every default of the extension, in one place: what holds unless the environment or config.yaml says otherwise. Constants
 * only, so that the entry point may read them before anything else is loaded.
 *
 * Durations are in milliseconds.
 */
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
export const KIB = 1_024

/** The port that functions call, as in the Go sample. */
export const DEFAULT_PORT = 4_000

/** The folder of the function's package, where relative paths of the configuration start. */
export const TASK_ROOT = "/var/task"

/** In the root of the function's package. Lambda does not set LAMBDA_TASK_ROOT for extensions. */
export const CONFIG_NAME = "config.yaml"

/** How long a value is fresh, as in the Go sample. */
export const DEFAULT_TTL = 60 * MINUTE

/** By default no value is served past its ttl unless AWS fails, as users of the Go sample expect. */
export const DEFAULT_STALE_WHILE_REVALIDATE = 0

/** How long past its ttl a value is served while AWS fails. */
export const DEFAULT_STALE_IF_ERROR = 24 * HOUR

/** How long a value is served after AWS denied access to it: longer than a change in IAM takes to propagate. */
export const DEFAULT_STALE_IF_DENIED = 5 * MINUTE

/** How long "there is no such parameter" is remembered. */
export const DEFAULT_NEGATIVE_TTL = 5 * SECOND

/**
 * How long a function's request waits for AWS before it gets a 504. Lambda's default function time-out is 3 s, so the
 * function has time left to react.
 */
export const READ_BUDGET = 2_500

/** How long requests in flight may take after a signal outside of Lambda: longer than a read. */
export const AGENT_GRACE = 3 * SECOND

/** The part of a budget that one attempt may take. Two attempts fit, with room for the work around them. */
const ATTEMPT_PART = 0.46

/** How long one attempt of a fetch with this budget may take, in milliseconds. */
export const attemptTimeoutIn = (budget: number): number => Math.floor(budget * ATTEMPT_PART)

/** How much of an invoke's time a read leaves for the function to react before Lambda ends it. */
export const REACTION_TIME = 400

/** If less than twice `REACTION_TIME` is left, a read leaves this part of what is left. */
export const REACTION_PART = 1 / 2

/**
 * A deadline nearer than this is ignored, because nothing could be done before it. It probably belongs to an invoke that is
 * over, while the INVOKE event of the current one is on its way.
 */
export const NEAREST_DEADLINE = 100

/** How long a connection to AWS may take to open, TLS included. */
export const CONNECT_TIMEOUT = SECOND

/** A connection to AWS that was idle for this long is not used again: it may have died in a freeze. */
export const MAX_IDLE = 10 * SECOND

/** How long a kept connection may be silent before the call also goes out on a new one. */
export const FIRST_BYTE_WAIT = 700

/** A connection that was idle for no longer than this is assumed to be alive: if no reply comes, the service is slow. */
export const MAX_TRUSTED_IDLE = SECOND

/** How long the preload may take, and how long a request that arrives meanwhile may wait. Lambda's INIT ends after 10 s. */
export const LOAD_BUDGET = 8 * SECOND

/**
 * How long a fetch of several calls may take in total while replies arrive; it continues in the background after its reads
 * were answered. Enough for a path of 50,000 parameters at 60 ms per page.
 */
export const FETCH_LIMIT = 5 * MINUTE

/** How far a wait may overrun before a freeze is the only explanation. Allows for a busy CPU. */
export const FREEZE_MARGIN = SECOND

/** The maximum number of entries. */
export const DEFAULT_MAX_ENTRIES = 10_000

/**
 * How many unreadable versions of one listed name, or names below one listed path, may be requested at once, and how often
 * one more may be requested after that.
 */
export const MOST_GUESSES = 20
export const GUESS_INTERVAL = SECOND

/** How many failing entries that config.yaml does not list are tracked at a time, for the log. */
export const MAX_UNLISTED_FAILURES = 100

/** The shortest interval between two forced fetches of a key. */
export const DEFAULT_FORCED_REFRESH_INTERVAL = SECOND

/** After this many ttls without a read, an entry is no longer refreshed in the background. */
export const IDLE_TTLS = 3

export const MIB = KIB * KIB

/** The largest default of `max_bytes`: for a function with plenty of memory, or of unknown memory. */
export const MOST_DEFAULT_MAX_BYTES = 64 * MIB

/** The smallest default of `max_bytes`, for the smallest function: enough for a few thousand parameters. */
export const LEAST_DEFAULT_MAX_BYTES = 4 * MIB

/** The longest object of S3 that is kept, unless config.yaml says otherwise: it fits into the smallest cache. */
export const DEFAULT_MAX_OBJECT_BYTES = LEAST_DEFAULT_MAX_BYTES

/** The longest body of a URL that is kept, unless config.yaml says otherwise. */
export const DEFAULT_MAX_BODY_BYTES = MIB

/** How many redirects of a URL are followed, unless config.yaml says otherwise. */
export const DEFAULT_MAX_REDIRECTS = 3

/** The part of the function's memory that entries may take. */
export const MEMORY_PART = 1 / 4

/** How many bytes of memory each counted byte takes: copies in transit, and garbage that has not been collected yet. */
export const BYTES_PER_COUNTED_BYTE = 3

/** The memory of the process without entries, in MiB: the larger of both artifacts. */
export const BASE_MIB = 80

/** When Lambda ends the INIT phase of an on-demand environment. */
export const INIT_LIMIT = 10 * SECOND

/** The longest config.yaml that is read, in bytes. */
export const MAX_CONFIG_BYTES = KIB * KIB

/**
 * How many requests may wait at once: enough for a function that reads everything at the same moment, few enough to bound
 * memory. Before config.yaml is read, this bound always applies.
 */
export const DEFAULT_MAX_CONCURRENT_REQUESTS = 1_000

/** Whether requests must carry a token. */
export const DEFAULT_TOKEN = "off"

/** The same outside of Lambda, where more than one program may reach the port. */
export const DEFAULT_AGENT_TOKEN = "required"

/** The staging label a secret is read at (Secrets Manager, GetSecretValue: VersionStage). */
export const DEFAULT_VERSION_STAGE = "AWSCURRENT"

/** Whether everything listed is loaded at start-up: no, as in the Go sample. */
export const DEFAULT_PRELOAD = false

/** The least severe level that is logged. */
export const DEFAULT_LOG_LEVEL = "info"

/** `text` has the Go sample's lines. */
export const DEFAULT_LOG_FORMAT = "text"

/** Names that are not listed cost no AWS call. */
export const DEFAULT_ON_DEMAND = "deny"

/** Numbers of an item are written as JSON numbers with all their digits. */
export const DEFAULT_NUMBERS = "number"

/** A query of DynamoDB with more items, or more bytes of JSON, is refused. */
export const DEFAULT_QUERY_MAX_ITEMS = 10_000
export const DEFAULT_QUERY_MAX_BYTES = 4 * KIB * KIB

/** Where CloudWatch puts the metrics that `metrics.emf_every` writes. */
export const DEFAULT_EMF_NAMESPACE = "CacheExtension"

/** Fresh values in memory are served without the router. */
export const DEFAULT_SHORTCUT = true

/** Whether the routes of the AWS Parameters and Secrets extension are offered. */
export const DEFAULT_PARAMETERS_AND_SECRETS = "off"

/** Whether the routes of AWS's workload credentials provider are offered. */
export const DEFAULT_WORKLOAD_CREDENTIALS = "off"

/** Whether the routes of AWS's AppConfig agent are offered. */
export const DEFAULT_APPCONFIG_AGENT = "off"

/** The port of AWS's AppConfig agent. */
export const DEFAULT_APPCONFIG_AGENT_PORT = 2_772

/** How often AWS's AppConfig agent looks for a new deployment. */
export const DEFAULT_APPCONFIG_AGENT_INTERVAL = 45 * SECOND

/** How long AWS's AppConfig agent waits for AppConfig, in milliseconds. */
export const DEFAULT_APPCONFIG_AGENT_TIMEOUT = 3_000

/** How many roles requests may name with `roleArn`, as in AWS's workload credentials provider. */
export const MAX_REQUESTED_ROLES = 20

/** The port of the AWS Parameters and Secrets extension. */
export const DEFAULT_COMPATIBLE_PORT = 2_773

/** How long the AWS Parameters and Secrets extension keeps a value. */
export const DEFAULT_COMPATIBLE_TTL = 300 * SECOND

/** How many values the AWS Parameters and Secrets extension keeps. */
export const DEFAULT_COMPATIBLE_CACHE_SIZE = 1_000

/** How long an operation of the shared tier may take. Then the read goes to AWS. */
export const DEFAULT_SHARED_TIMEOUT = 50

/** The same if it must first open a connection or load a client. */
export const SHARED_CONNECT_TIMEOUT = 250

/** The same in the first seconds of an environment, whose code is cold and whose CPU is scarce. */
export const SHARED_START_TIMEOUT = 500
export const SHARED_START = 5 * SECOND

/** The same if the tier has just answered: no longer ago than this. */
export const SHARED_STARTED_TIMEOUT = 1_500
export const SHARED_AWAKE = SECOND

/** The same for writes, which no read waits for. */
export const SHARED_WRITE_TIMEOUT = 500

/**
 * The part of its budget that a read may wait for another environment's answer. The rest is enough for an attempt of its
 * own.
 */
export const SHARED_WAIT_PART = 2 / 5

/** A read waits for another environment, and a lease lasts, this many times as long as recent calls to AWS took. */
export const SHARED_PATIENCE = 4

/** The least such wait, and the shortest lease. The lease is shorter, so that another environment can take over meanwhile. */
export const SHARED_LEAST_WAIT = 500
export const SHARED_LEAST_LEASE = 400

/** The longest lease. An environment that has not asked AWS yet takes it, because it must load the SDK first. */
export const SHARED_LONGEST_LEASE = SECOND

/** If another environment refreshes an entry, how long this one does not look again whether to refresh it. */
export const SHARED_REFRESH_PAUSE = 200

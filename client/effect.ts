/**
 * The client as an Effect service: `lambda-cache-extension-client/effect`.
 *
 * `CacheClient.layer` reads from the extension; `CacheClient.layerTest` answers from fixtures, so that what is built on
 * the service is tested without one. Both run on the plain client of `Client.ts`.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import {
  CacheExtensionError,
  type Client,
  type ClientOptions,
  createClient,
  type JsonOptions,
  type Kind,
  type OptionsOf,
  type ReadOptions,
  type Selectors,
} from "./Client.ts"
import { fetchOf, type Fixtures } from "./fixtures.ts"

export { CacheExtensionError } from "./Client.ts"
export type * from "./fixtures.ts"

/** What the extension answered instead of a value, or that no answer came. Shows no value. */
export class CacheClientError extends Data.TaggedError("CacheClientError")<{
  /** The HTTP status; 0 where no usable answer came. */
  readonly status: number
  /** Names the problem, as in `urn:lambda-cache-extension:problem:no-data-found`. */
  readonly type: string
  readonly title: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.title}: ${this.detail}`
  }
}

export interface CacheClientShape {
  /** A value as text. A binary secret is refused: see `getBytes`. */
  readonly get: <K extends Kind>(
    kind: K,
    name: string,
    options?: OptionsOf<K>,
  ) => Effect.Effect<string, CacheClientError>
  /** A JSON value, or one field of it, decoded. What the schema refuses is a `SchemaError`, which shows no value either. */
  readonly getJson: <K extends Kind, A, R = never>(
    kind: K,
    name: string,
    schema: Schema.Decoder<A, R>,
    options?: OptionsOf<K> & JsonOptions,
  ) => Effect.Effect<A, CacheClientError | Schema.SchemaError, R>
  /** A value's bytes. */
  readonly getBytes: <K extends Kind>(
    kind: K,
    name: string,
    options?: OptionsOf<K>,
  ) => Effect.Effect<Uint8Array, CacheClientError>
  /** Any number of values, by as few requests as possible. What fails is in `errors` and spoils no other. */
  readonly getMany: <Value = string>(
    kind: Kind,
    names: ReadonlyArray<string>,
    options?: ReadOptions,
  ) => Effect.Effect<
    {
      /** Text as it is, an item as its JSON value, a binary secret in base64. */
      readonly values: Readonly<Record<string, Value>>
      readonly errors: Readonly<Record<string, CacheClientError>>
    },
    CacheClientError
  >
  /** All parameters below a path of config.yaml, each by its full name. */
  readonly getByPath: (
    path: string,
    options?: ReadOptions,
  ) => Effect.Effect<Readonly<Record<string, string>>, CacheClientError>
  /** The value as AWS has it now, for when what it opens has refused it; the old one while AWS fails. */
  readonly refresh: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K],
  ) => Effect.Effect<string, CacheClientError>
  /** Has the extension forget a value, so that the next read asks AWS. */
  readonly invalidate: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K],
  ) => Effect.Effect<void, CacheClientError>
}

const errorOf = ({ detail, status, title, type }: CacheExtensionError): CacheClientError =>
  new CacheClientError({ status, type, title, detail })

/** What is no failure of a read is a bug of the caller's. Interruption ends the request. */
const call = <A>(method: keyof CacheClientShape, run: (signal: AbortSignal) => Promise<A>) =>
  Effect.promise(run).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof CacheExtensionError ? Effect.fail(errorOf(defect)) : Effect.die(defect),
    ),
    Effect.withSpan(`CacheClient.${method}`),
  )

const serviceOf = (client: Client): CacheClientShape => ({
  get: (kind, name, options) => call("get", (signal) => client.get(kind, name, { ...options, signal })),
  getJson: (kind, name, schema, options) =>
    Effect.flatMap(
      call("getJson", (signal) => client.getJson(kind, name, { ...options, signal })),
      Schema.decodeUnknownEffect(schema),
    ),
  getBytes: (kind, name, options) =>
    call("getBytes", (signal) => client.getBytes(kind, name, { ...options, signal })),
  getMany: <Value>(kind: Kind, names: ReadonlyArray<string>, options?: ReadOptions) =>
    Effect.map(
      call("getMany", (signal) => client.getMany<Value>(kind, names, { ...options, signal })),
      ({ errors, values }) => ({ values, errors: Record.map(errors, errorOf) }),
    ),
  getByPath: (path, options) => call("getByPath", (signal) => client.getByPath(path, { ...options, signal })),
  refresh: (kind, name, options) =>
    call("refresh", (signal) => client.refresh(kind, name, { ...options, signal })),
  invalidate: (kind, name, options) =>
    call("invalidate", (signal) => client.invalidate(kind, name, { ...options, signal })),
})

/** Reads from the extension. */
export class CacheClient extends Context.Service<CacheClient, CacheClientShape>()(
  "lambda-cache-extension/client/CacheClient",
) {
  /** On the extension of this environment. */
  static readonly layer = (options?: Omit<ClientOptions, "fetch">): Layer.Layer<CacheClient> =>
    Layer.sync(CacheClient, () => serviceOf(createClient(options)))

  /** On fixtures instead: for tests of what uses the service. */
  static readonly layerTest = (fixtures: Fixtures): Layer.Layer<CacheClient> =>
    Layer.sync(CacheClient, () => serviceOf(createClient({ fetch: fetchOf(fixtures) })))
}

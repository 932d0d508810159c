/**
 * The client as an Effect service: `lambda-cache-extension/client/effect`.
 *
 * `CacheClient.layer` reads from the extension. `CacheClient.layerTest` answers from fixtures, for tests without an
 * extension. Both use the plain client in `Client.ts`.
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

/** An error response of the extension, or no usable answer. Never contains a value. */
export class CacheClientError extends Data.TaggedError("CacheClientError")<{
  /** The HTTP status; 0 without a usable answer. */
  readonly status: number
  /** A URI that names the problem, for example `urn:lambda-cache-extension:problem:no-data-found`. */
  readonly type: string
  readonly title: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.title}: ${this.detail}`
  }
}

export interface CacheClientShape {
  /** A value as text. Fails for a binary secret: see `getBytes`. */
  readonly get: <K extends Kind>(
    kind: K,
    name: string,
    options?: OptionsOf<K>,
  ) => Effect.Effect<string, CacheClientError>
  /** A JSON value, or one field of it, decoded with a schema. The `SchemaError` does not contain the value. */
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
  /** Any number of values, in as few requests as possible. A failed name is in `errors` and does not affect the others. */
  readonly getMany: <Value = string>(
    kind: Kind,
    names: ReadonlyArray<string>,
    options?: ReadOptions,
  ) => Effect.Effect<
    {
      /** Text as a string, an item as its JSON value, a binary secret in base64. */
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
  /** The current value from AWS, or the old one while AWS fails. Use it when a service refuses a secret. */
  readonly refresh: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K],
  ) => Effect.Effect<string, CacheClientError>
  /** Removes a value from the extension's memory, so that the next read calls AWS. */
  readonly invalidate: <K extends Kind>(
    kind: K,
    name: string,
    options?: Selectors[K],
  ) => Effect.Effect<void, CacheClientError>
}

const toClientError = ({ detail, status, title, type }: CacheExtensionError): CacheClientError =>
  new CacheClientError({ status, type, title, detail })

/** Any other rejection is a defect. Interruption aborts the request. */
const call = <A>(method: keyof CacheClientShape, run: (signal: AbortSignal) => Promise<A>) =>
  Effect.promise(run).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof CacheExtensionError ? Effect.fail(toClientError(defect)) : Effect.die(defect),
    ),
    Effect.withSpan(`CacheClient.${method}`),
  )

const makeService = (client: Client): CacheClientShape => ({
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
      ({ errors, values }) => ({ values, errors: Record.map(errors, toClientError) }),
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
  /** Reads from the extension of this environment. */
  static readonly layer = (options?: Omit<ClientOptions, "fetch">): Layer.Layer<CacheClient> =>
    Layer.sync(CacheClient, () => makeService(createClient(options)))

  /** Answers from fixtures, for tests. */
  static readonly layerTest = (fixtures: Fixtures): Layer.Layer<CacheClient> =>
    Layer.sync(CacheClient, () => makeService(createClient({ fetch: fetchOf(fixtures) })))
}

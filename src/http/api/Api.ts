/**
 * The contract: every path with its methods, parameters and possible responses. `openapi.ts` writes it as
 * schema/openapi.json.
 *
 * It is not part of a layer: plain routes (`http/routes.ts`) serve the requests, and test/integration/contract.test.ts
 * checks them against the document. Routes derived from this declaration (`HttpApiBuilder`) cost too much:
 * docs/architecture.md has the figures.
 */
import * as Arr from "effect/Array"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import type * as Schema from "effect/Schema"
import type { Kind } from "../../domain/Address.ts"
import type { Contract } from "../../kinds/Contract.ts"
import { KINDS, kinds } from "../../kinds/kinds.ts"
import { VERSION } from "../../observability/version.ts"
import { ENVIRONMENT_PATH, type OwnPath } from "../guard.ts"
import type { ProblemName } from "../problems.ts"
import { ALLOW, problems } from "./problems.ts"
import {
  COMMON_HEADERS,
  contextOf,
  hasVariants,
  DIRECTIVES,
  IF_NONE_MATCH,
  parts,
  READ_HEADERS,
  selection,
  VARIABLES,
} from "./requests.ts"
import { type Answers, type Bodies, response } from "./responses.ts"
import * as state from "./state.ts"
import { READ_PROBLEMS, valueResponses, VARIANT_PROBLEMS } from "./values.ts"

/** The problems that may be the response to any request. */
const ANY: ReadonlyArray<ProblemName> = ["bad-request", "forbidden", "too-many-requests", "internal-error"]

const READ: ReadonlyArray<ProblemName> = [...ANY, ...READ_PROBLEMS]

/** Of kinds with variants, and of variables, which may refer to them. */
const READ_OF_VARIANTS: ReadonlyArray<ProblemName> = [...ANY, ...VARIANT_PROBLEMS]

/** Responses of the server itself, without a body. */
const tooLarge: Answers = (bodies) => [
  response(bodies, {
    status: 431,
    description: "The first line and the headers are too large together: over 16 KiB. Without a body.",
  }),
]

const closing: Answers = (bodies) => [
  response(bodies, {
    status: 503,
    description: "The environment is shutting down; the connection is closed. Without a body.",
  }),
]

const byServer: Answers = (bodies) => [...tooLarge(bodies), ...closing(bodies)]

const words = (summary: string, description?: string) => OpenApi.annotations({ summary, description })

const optionsOf = (id: string, path: `/${string}`) =>
  HttpApiEndpoint.options(`options${id}`, path, {
    headers: COMMON_HEADERS,
    success: response("with-bodies", {
      status: 204,
      description: "Allow names the methods.",
      headers: { allow: ALLOW },
    }),
    error: [...problems("with-bodies", ANY), ...byServer("with-bodies")],
  }).annotateMerge(words(`The methods of ${path}`))

/** The operations on the values of a kind. */
const groupOf = ([kind, contract]: readonly [Kind, Contract]) => {
  const { id, plural, title } = contract
  const query = selection(kind, contract)
  const path = `/${kind}` as const
  const reading = (bodies: Bodies) => ({
    query: { ...query, ...parts(kind, contract) },
    headers: { ...READ_HEADERS, ...contextOf(kind), ...COMMON_HEADERS },
    success: valueResponses(bodies, contract),
    error: [...problems(bodies, hasVariants(kind) ? READ_OF_VARIANTS : READ), ...byServer(bodies)],
  })
  const forgetting = {
    query,
    headers: COMMON_HEADERS,
    success: response("with-bodies", { status: 204, description: "Forgotten: the next read asks AWS." }),
    error: [...problems("with-bodies", [...ANY, "no-data-found"]), ...byServer("with-bodies")],
  }
  return HttpApiGroup.make(kind, { topLevel: true })
    .annotateMerge(OpenApi.annotations({ description: title }))
    .add(
      HttpApiEndpoint.get(`get${id}`, path, reading("with-bodies")).annotateMerge(
        words(
          `Read ${plural}`,
          "From memory if the value there is fresh enough, else from AWS. An unknown query key is a 400, and so is a key that occurs again without being said to be repeatable.",
        ),
      ),
      HttpApiEndpoint.head(`head${id}`, path, reading("without-bodies")).annotateMerge(
        words(`Read ${plural}, without the body`),
      ),
      HttpApiEndpoint.delete(`delete${id}`, path, forgetting).annotateMerge(
        words(
          `Forget ${plural}`,
          "A value that AWS was asked for less than forced_refresh_interval ago stays.",
        ),
      ),
      optionsOf(id, path),
    )
}

const readingVariables = (bodies: Bodies) => ({
  query: VARIABLES,
  headers: { ...DIRECTIVES, ...COMMON_HEADERS },
  success: state.variables(bodies),
  error: [...problems(bodies, [...READ_OF_VARIANTS, "unusable-value"]), ...byServer(bodies)],
})

/** What the wrapper of the function's runtime asks for. */
const environment = HttpApiGroup.make("environment", { topLevel: true })
  .annotateMerge(OpenApi.annotations({ description: "Values for environment variables" }))
  .add(
    HttpApiEndpoint.get("getEnvironment", ENVIRONMENT_PATH, readingVariables("with-bodies")).annotateMerge(
      words(
        "Resolve environment variables",
        "All of them, or one problem: its type is that of the first variable without a value, its detail names them all.",
      ),
    ),
    HttpApiEndpoint.head(
      "headEnvironment",
      ENVIRONMENT_PATH,
      readingVariables("without-bodies"),
    ).annotateMerge(words("Resolve environment variables, without the body")),
    optionsOf("Environment", ENVIRONMENT_PATH),
  )

interface Described {
  readonly id: string
  readonly summary: string
  readonly answers: Answers
  /** What 503 means. */
  readonly unavailable?: Answers
  /** Headers in addition to those of every request. */
  readonly headers?: Schema.Struct.Fields
}

/** The paths that describe the extension itself. */
const OWN: Readonly<Record<OwnPath, Described>> = {
  "/health": { id: "Health", summary: "Whether the extension lives", answers: state.health },
  "/ready": {
    id: "Ready",
    summary: "Whether all is loaded, and the state of every entry",
    answers: state.ready,
    unavailable: state.notReady,
  },
  "/metrics": { id: "Metrics", summary: "Metrics for Prometheus", answers: state.metrics },
  "/openapi.json": {
    id: "OpenApi",
    summary: "This document",
    answers: state.openapi,
    headers: IF_NONE_MATCH,
  },
}

const ownEndpoints = (path: OwnPath) => {
  const { answers, headers, id, summary, unavailable = closing } = OWN[path]
  const reading = (bodies: Bodies) => ({
    headers: { ...headers, ...COMMON_HEADERS },
    success: answers(bodies),
    error: [...problems(bodies, ANY), ...tooLarge(bodies), ...unavailable(bodies)],
  })
  return [
    HttpApiEndpoint.get(`get${id}`, path, reading("with-bodies")).annotateMerge(words(summary)),
    HttpApiEndpoint.head(`head${id}`, path, reading("without-bodies")).annotateMerge(
      words(`${summary}, without the body`),
    ),
    optionsOf(id, path),
  ] as const
}

const itself = HttpApiGroup.make("extension", { topLevel: true })
  .annotateMerge(OpenApi.annotations({ description: "About the extension itself" }))
  .add(
    ...ownEndpoints("/health"),
    ...ownEndpoints("/ready"),
    ...ownEndpoints("/metrics"),
    ...ownEndpoints("/openapi.json"),
  )

const DESCRIPTION = `A Lambda extension that keeps parameters, secrets, items, configurations, objects, SQL results and the content of URLs in memory and serves them to the function.

The port is open on the loopback interface alone. Everything that is not answered with a value or a state is a problem (RFC 9457); tell problems apart by \`type\`. A method that a path does not have is answered as \`components.responses.NoSuchMethod\` says, a path that is not here as \`NoSuchPath\`, unless either is refused as any request is (400, 403, 429); what is no HTTP request is answered by the server itself, as \`Malformed\` says.`

/** The contract of every kind. */
const contracts = (): Promise<ReadonlyArray<readonly [Kind, Contract]>> =>
  Promise.all(KINDS.map(async (kind) => [kind, (await kinds[kind].contract()).contract] as const))

const apiOf = (all: ReadonlyArray<readonly [Kind, Contract]>) =>
  HttpApi.make("cache-extension")
    .annotateMerge(
      OpenApi.annotations({
        title: "Lambda cache extension",
        version: VERSION,
        description: DESCRIPTION,
        license: { name: "MIT-0", identifier: "MIT-0" },
        servers: [
          {
            url: "http://127.0.0.1:{port}",
            description: "In the function's own environment",
            variables: {
              port: { default: "4000", description: "CACHE_EXTENSION_PORT, or server.port of config.yaml" },
            },
          },
        ],
      }),
    )
    .add(...Arr.append(Arr.append(all.map(groupOf), environment), itself))

export const makeApi = async () => apiOf(await contracts())

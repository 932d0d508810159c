/**
 * The sources with the real SDK on a fresh, empty local AWS, configured by a function's environment.
 */
import { Effect, Layer } from "effect"
import type { Environment } from "../../src/config/environment/variables.ts"
import { Settings } from "../../src/config/Settings.ts"
import { type ExchangeFailed, Host } from "../../src/host/Host.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import type { Exchange, Reply } from "../../src/host/Platform.ts"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import { AwsClients } from "../../src/aws/AwsClients.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { awsLayer, REGION } from "./aws.ts"

const TRIPLE = { AWS_ACCESS_KEY_ID: "AKIAFUNCTION", AWS_SECRET_ACCESS_KEY: "secret" }

/** Where the function's credentials come from. */
export interface Origin {
  readonly variables: Environment
  readonly exchange: (request: Exchange) => Effect.Effect<Reply, ExchangeFailed>
}
const FROM_ENVIRONMENT: Origin = { variables: TRIPLE, exchange: () => Effect.die("nobody is to be asked") }

/** What a function needs to call local AWS: its environment points there. */
const functionLayer = ({ exchange, variables }: Origin) =>
  Layer.unwrap(
    Effect.map(AwsEmulator, ({ endpoint }) =>
      Layer.mergeAll(
        Layer.mock(Host, {
          environment: {},
          extensionName: "cache-extension",
          awsTransport: () => Effect.sync(makeTransport),
          exchange,
        }),
        Settings.layer({
          AWS_ENDPOINT_URL: endpoint,
          AWS_REGION: REGION,
          AWS_LAMBDA_FUNCTION_NAME: "my-function",
          ...variables,
        }),
      ),
    ),
  )

/** Sources of a function whose environment points at local AWS. */
const sourcesLayer = (origin: Origin) => Layer.provide(Sources.layer, functionLayer(origin))

/** Host and settings of a function whose environment points at local AWS. */
export const functionOnLocalAws = functionLayer(FROM_ENVIRONMENT)

/** The clients of such a function, and its local AWS. */
export const clientsOnLocalAws = Layer.provide(AwsClients.layer, functionOnLocalAws).pipe(
  Layer.provideMerge(awsLayer),
)

/** Runs a test with both, and credentials from somewhere else than the environment. */
export const onLocalAwsWith =
  (origin: Origin) =>
  <A, E>(test: Effect.Effect<A, E, AwsEmulator | Sources>) =>
    test.pipe(Effect.provide(Layer.provideMerge(sourcesLayer(origin), awsLayer)))

/** Runs a test with both. */
export const onLocalAws = onLocalAwsWith(FROM_ENVIRONMENT)

/**
 * The sources on local AWS, as a function's environment would have them: a fresh, empty AWS, the real SDK.
 */
import { Effect, Layer } from "effect"
import { Host } from "../../src/host/Host.ts"
import { makeTransport } from "../../src/host/nodeAwsTransport.ts"
import { AwsEmulator } from "../../src/local/aws/AwsEmulator.ts"
import { Sources } from "../../src/sources/Sources.ts"
import { awsLayer, REGION } from "./aws.ts"

/** Sources of a function whose environment points at local AWS. */
const sourcesLayer = Layer.unwrap(
  Effect.map(AwsEmulator, ({ endpoint }) =>
    Sources.layer.pipe(
      Layer.provide(
        Layer.mock(Host, {
          environment: {
            AWS_ENDPOINT_URL: endpoint,
            AWS_REGION: REGION,
            AWS_ACCESS_KEY_ID: "AKIAFUNCTION",
            AWS_SECRET_ACCESS_KEY: "secret",
            AWS_LAMBDA_FUNCTION_NAME: "my-function",
          },
          extensionName: "cache-extension",
          awsTransport: Effect.sync(makeTransport),
        }),
      ),
    ),
  ),
)

/** Runs a test with both. */
export const onLocalAws = <A, E>(test: Effect.Effect<A, E, AwsEmulator | Sources>) =>
  test.pipe(Effect.provide(Layer.provideMerge(sourcesLayer, awsLayer)))

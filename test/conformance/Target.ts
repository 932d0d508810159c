/**
 * What a conformance case runs against: an endpoint that claims to behave as AWS does, with SDK clients bound to it.
 *
 * Two layers provide it: our emulator, and moto (see Moto.ts). Cases use names of their own, so that they neither
 * need nor leave an empty AWS.
 */
import { randomUUID } from "node:crypto"
import type { AwsCredentialIdentity } from "@smithy/types"
import { Context, Effect, Layer, type Scope } from "effect"
import { AwsEmulator } from "../../local/aws/AwsEmulator.ts"
import type { Configuration } from "../../local/aws/AppConfig.ts"
import { seedFrom } from "../../local/aws/seed.ts"
import { type Clients, clientsFor } from "../support/aws.ts"

export const HOME_REGION = "us-west-2"
export const OTHER_REGION = "eu-central-1"

const CLUSTER = "shop"
const DATABASE = {
  resourceArn: `arn:aws:rds:${HOME_REGION}:123456789012:cluster:${CLUSTER}`,
  secretArn: `arn:aws:secretsmanager:${HOME_REGION}:123456789012:secret:db-AbCdEf`,
  database: "shop",
}

export interface Aws extends Clients {
  /** The same AWS, seen from another region. */
  readonly elsewhere: Clients
  /** The same AWS, asked with other credentials. */
  readonly as: (credentials: AwsCredentialIdentity) => Effect.Effect<Clients, never, Scope.Scope>
  /** Deploys a configuration, where our emulator is asked. */
  readonly deploy: (configuration: Configuration) => Effect.Effect<void>
  /** A database, where our emulator is asked. */
  readonly database: { readonly resourceArn: string; readonly secretArn: string; readonly database: string }
  /** A name that no other case uses: letters, digits and hyphens. */
  readonly unique: (stem: string) => string
}

export class Target extends Context.Service<Target, Aws>()("cache-extension/test/conformance/Target") {
  static readonly at = (endpoint: string) =>
    Layer.effect(
      Target,
      Effect.gen(function* () {
        const home = yield* clientsFor(endpoint, { region: HOME_REGION })
        const elsewhere = yield* clientsFor(endpoint, { region: OTHER_REGION })
        return Target.of({
          ...home,
          elsewhere,
          as: (credentials) => clientsFor(endpoint, { region: HOME_REGION, credentials }),
          deploy: (configuration) =>
            Effect.orDie(seedFrom(endpoint, { region: HOME_REGION, appconfig: [configuration] })),
          database: DATABASE,
          unique: (stem) => `${stem}-${randomUUID().slice(0, 8)}`,
        })
      }),
    )

  /** Our emulator, fresh but for a database. */
  static readonly on = (emulator: ReturnType<typeof AwsEmulator.layer>) =>
    Layer.unwrap(
      Effect.gen(function* () {
        const { dataApi, endpoint } = yield* AwsEmulator
        yield* Effect.orDie(
          dataApi.create({ cluster: CLUSTER, name: DATABASE.database, region: HOME_REGION }),
        )
        return Target.at(endpoint)
      }),
    ).pipe(Layer.provide(emulator))

  static readonly emulator = Target.on(AwsEmulator.layer())
}

/** One statement about AWS: the name says what AWS does, `check` proves it with real SDK calls. */
export interface Conformance {
  readonly name: string
  readonly check: (aws: Aws) => Effect.Effect<void>
}

export const conformance = (name: string, check: (aws: Aws) => Effect.Effect<void>): Conformance => ({
  name,
  check,
})

/**
 * The user's own credentials, as the AWS CLI finds them: a profile of ~/.aws, environment variables, SSO, a role. Clients of a
 * session call AWS with them in any region.
 */
import { AccountClient, ListRegionsCommand } from "@aws-sdk/client-account"
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { defaultProvider } from "@aws-sdk/credential-provider-node"
import { loadConfig } from "@smithy/core/config"
import * as Effect from "effect/Effect"
import process from "node:process"
import { scopedClient } from "./client.ts"
import { call } from "./failures.ts"

/** What a profile, or the one in AWS_PROFILE, says under a key. Undefined if it says nothing. */
const inProfile = (profile: string | undefined, key: string): Effect.Effect<string | undefined> =>
  Effect.promise(() =>
    loadConfig<string | undefined>(
      {
        environmentVariableSelector: () => undefined,
        configFileSelector: (section) => section[key] || undefined,
        default: undefined,
      },
      profile === undefined ? {} : { profile },
    )(),
  )

/**
 * The `endpoint_url` of a profile. The SDK reads only that of the profile in AWS_PROFILE, so a profile that is meant for an emulator
 * would reach AWS.
 */
const endpointOf = (profile: string) => inProfile(profile, "endpoint_url")

const optionsOf = Effect.fnUntraced(function* (profile: string | undefined, region: string) {
  const common = { region, maxAttempts: 5 }
  if (profile === undefined) return common
  const hasVariable = Object.keys(process.env).some((name) => name.startsWith("AWS_ENDPOINT_URL"))
  const endpoint = hasVariable ? undefined : yield* endpointOf(profile)
  return {
    ...common,
    // A profile's own region must not win over the one that is asked for.
    profile,
    credentials: defaultProvider({ profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
  }
})

/** A client of the SDK with a profile's settings, which the scope destroys. */
export const clientOf = <Client extends { readonly destroy: () => void }>(
  profile: string | undefined,
  region: string,
  make: (options: Effect.Success<ReturnType<typeof optionsOf>>) => Client,
) => Effect.flatMap(optionsOf(profile, region), (options) => scopedClient(() => make(options)))

/** Who calls AWS. */
export interface Session {
  /** Undefined: the default credentials. */
  readonly profile: string | undefined
  /** The account's id. */
  readonly account: string
}

/** The account of a profile. Fails if there are no credentials, or AWS does not accept them. */
export const openSession = (profile: string | undefined, region: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sts = yield* clientOf(profile, region, (options) => new STSClient(options))
      const { Account = "" } = yield* call((options) => sts.send(new GetCallerIdentityCommand({}), options))
      return { profile, account: Account } satisfies Session
    }),
  )

/** The region of a profile, or of the one in AWS_PROFILE. Undefined if it names none. `region.ts` reads the variables. */
export const regionOfProfile = (profile: string | undefined) => inProfile(profile, "region")

/** The regions that every account has: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
export const REGIONS_OF_EVERY_ACCOUNT: ReadonlyArray<string> = [
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
]

/** The regions that are enabled for an account. */
export const enabledRegions = (profile: string | undefined) =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* clientOf(profile, "us-east-1", (options) => new AccountClient(options))
      const { Regions = [] } = yield* call((options) =>
        client.send(
          new ListRegionsCommand({
            RegionOptStatusContains: ["ENABLED", "ENABLED_BY_DEFAULT"],
            MaxResults: 50,
          }),
          options,
        ),
      )
      return Regions.flatMap(({ RegionName }) => RegionName ?? []).toSorted()
    }),
  )

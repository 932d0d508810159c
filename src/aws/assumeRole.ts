/**
 * Credentials of the roles that sections of config.yaml name as `role_arn`, from STS's AssumeRole, which is called with the
 * function's own credentials.
 *
 * `AwsClients` imports this module, and with it the STS client, on the first call that uses another role.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts"
import { AwsQueryProtocol } from "@aws-sdk/core/protocols"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SourceError } from "../domain/SourceError.ts"
import type { Credentials } from "./functionCredentials.ts"
import { type ClientOptions, STS } from "./AwsClients.ts"
import { makeClient, type ServiceProtocol } from "./client.ts"
import { checkedBy } from "./replies.ts"
import { send } from "./send.ts"
import { object, type Shape, type Shaped, token } from "./shapes.ts"
import { type CredentialsCache, makeCredentialsCache } from "./CredentialsCache.ts"

/** As in the SDK: `runtimeConfig.shared` of its client. */
export const PROTOCOL: ServiceProtocol = {
  make: (settings) =>
    new AwsQueryProtocol({
      ...settings,
      defaultNamespace: "com.amazonaws.sts",
      xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      version: "2011-06-15",
    }),
}

const date: Shape<Date> = (input): input is Date => input instanceof Date && !Number.isNaN(input.getTime())

export const SHAPES = {
  AssumeRole: object(
    {
      Credentials: object(
        { AccessKeyId: token, SecretAccessKey: token, SessionToken: token, Expiration: date },
        {},
      ),
    },
    {},
  ),
} as const

const checked = checkedBy(SHAPES)

const fromReply = ({ Credentials: given }: Shaped<typeof SHAPES.AssumeRole>): Credentials => ({
  accessKeyId: given.AccessKeyId,
  secretAccessKey: given.SecretAccessKey,
  sessionToken: given.SessionToken,
  expiration: given.Expiration,
})

const DEFAULT_SESSION_NAME = "cache-extension"

/** Shows the function's name in CloudTrail. AWS allows 2 to 64 of these characters. */
export const roleSessionName = (functionName: string | undefined): string => {
  const name = (functionName ?? "").replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 64)
  return name.length < 2 ? DEFAULT_SESSION_NAME : name
}

/** A cache of credentials by role ARN. `authenticate` makes the STS calls as the function itself. */
export const makeRoleCredentials = (
  options: ClientOptions,
  functionName: string | undefined,
  authenticate: <Reply>(call: Effect.Effect<Reply, SourceError>) => Effect.Effect<Reply, SourceError>,
): Effect.Effect<CredentialsCache, never, Scope.Scope> =>
  Effect.gen(function* () {
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => makeClient<STSClient>(STS, PROTOCOL, options)),
      (client) => Effect.sync(() => client.destroy()),
    )
    const RoleSessionName = roleSessionName(functionName)
    return yield* makeCredentialsCache((RoleArn) =>
      send("STS", "AssumeRole", (sending) =>
        client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }), sending).then(checked("AssumeRole")),
      ).pipe(authenticate, Effect.map(fromReply)),
    )
  })

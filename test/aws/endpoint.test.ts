/**
 * The endpoints of the services, compared with the rules of the SDK's own clients: in every partition, FIPS and dual-stack
 * included. A new SDK with other rules fails here.
 */
import { AppConfigDataClient } from "@aws-sdk/client-appconfigdata"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { S3Client } from "@aws-sdk/client-s3"
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import { SSMClient } from "@aws-sdk/client-ssm"
import { STSClient } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { endpointFor } from "../../src/aws/endpoint.ts"
import { STS } from "../../src/aws/AwsClients.ts"
import { SERVICES } from "../support/services.ts"

const REGIONS = (
  "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 mx-central-1 " +
  "eu-central-1 eu-west-1 eu-north-1 eu-south-2 af-south-1 il-central-1 me-south-1 " +
  "ap-south-1 ap-southeast-7 ap-northeast-3 ap-east-1 sa-east-1 xx-new-1 cn-north-1 " +
  "cn-northwest-1 us-gov-west-1 us-gov-east-1 eusc-de-east-1 us-iso-east-1 us-iso-west-1 us-isob-east-1 " +
  "us-isob-west-1 eu-isoe-west-1 us-isof-south-1 us-isof-east-1"
).split(" ")

const FLAGS = [
  { useFipsEndpoint: false, useDualstackEndpoint: false },
  { useFipsEndpoint: false, useDualstackEndpoint: true },
  { useFipsEndpoint: true, useDualstackEndpoint: false },
  { useFipsEndpoint: true, useDualstackEndpoint: true },
]

const CLIENTS = [
  [SERVICES.SSM, new SSMClient({})],
  [SERVICES.SECRETS_MANAGER, new SecretsManagerClient({})],
  [SERVICES.DYNAMODB, new DynamoDBClient({})],
  [SERVICES.APPCONFIGDATA, new AppConfigDataClient({})],
  [STS, new STSClient({})],
  [SERVICES.S3, new S3Client({})],
] as const

/** The endpoint, or that there is none. */
const orNone = (resolve: () => URL): string =>
  Result.getOrElse(
    Result.try(() => resolve().href),
    () => "none",
  )

describe("the endpoint of a service", () => {
  it.each(CLIENTS.map(([service, client]) => [service.id, service, client] as const))(
    "is the one that the SDK's rules give for %s, in all partitions",
    (_, service, { config }) => {
      for (const region of REGIONS)
        for (const flags of FLAGS) {
          const rules = {
            Region: region,
            UseFIPS: flags.useFipsEndpoint,
            UseDualStack: flags.useDualstackEndpoint,
            AccountIdEndpointMode: "preferred",
            UseGlobalEndpoint: false,
          }
          assert.strictEqual(
            orNone(() => endpointFor(service, { region, ...flags })),
            orNone(() => config.endpointProvider(rules).url),
            `${region} ${JSON.stringify(flags)}`,
          )
        }
    },
  )

  it("is the one that the environment names, which excludes FIPS and dual-stack as in the SDK", () => {
    const endpoint = "http://127.0.0.1:4566/"
    const [, { config }] = CLIENTS[0]
    for (const flags of FLAGS)
      assert.strictEqual(
        orNone(() => endpointFor(SERVICES.SSM, { endpoint, region: "eu-west-1", ...flags })),
        orNone(
          () =>
            config.endpointProvider({
              Region: "eu-west-1",
              Endpoint: endpoint,
              UseFIPS: flags.useFipsEndpoint,
              UseDualStack: flags.useDualstackEndpoint,
            }).url,
        ),
      )
  })
})

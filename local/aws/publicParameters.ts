/**
 * AWS's own parameters, which every account can read and only AWS can write: a few of the regions that AWS describes below
 * `/aws/service/global-infrastructure/`. Each region of Parameter Store has them. Pure.
 *
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
 */
import type { Parameter, ParameterMap } from "./parameterModel.ts"

const REGIONS = "/aws/service/global-infrastructure/regions"

const LONG_NAMES: Readonly<Record<string, string>> = {
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "eu-central-1": "Europe (Frankfurt)",
  "eu-west-1": "Europe (Ireland)",
  "us-east-1": "US East (N. Virginia)",
  "us-west-2": "US West (Oregon)",
}

/** When they were last written, in epoch milliseconds: 2021-01-01. */
const MODIFIED = 1_609_459_200_000

const parameter = (name: string, value: string): readonly [string, Parameter] => [
  name,
  {
    name,
    versions: [
      {
        version: 1,
        value,
        type: "String",
        dataType: "text",
        tier: "Standard",
        keyId: undefined,
        allowedPattern: undefined,
        modified: MODIFIED,
      },
    ],
    labels: new Map(),
  },
]

/** A new region of Parameter Store, with these parameters only. */
export const withPublicParameters = (): ParameterMap =>
  new Map(
    Object.entries(LONG_NAMES).flatMap(([region, longName]) => [
      parameter(`${REGIONS}/${region}`, region),
      parameter(`${REGIONS}/${region}/longName`, longName),
    ]),
  )

/**
 * The endpoint of a service in a region, from what the SDK knows about AWS's partitions.
 *
 * The SDK's own rules also cover what is never used here (endpoints per account, search), and evaluating them costs each start
 * time. `test/aws/endpoint.test.ts` compares the result with theirs in every partition, FIPS and dual-stack included.
 */
import { partition } from "@aws-sdk/core/client"
import type { AwsService } from "../kinds/Kind.ts"

interface EndpointOptions {
  readonly region: string
  readonly useFipsEndpoint: boolean
  readonly useDualstackEndpoint: boolean
  /** An endpoint that the environment names. */
  readonly endpoint?: string
}

const GOV_CLOUD = "aws-us-gov"

/** The partitions where the usual names of Secrets Manager are dual-stack, and those where its FIPS names are. */
const DUALSTACK_BY_DEFAULT = { usual: ["aws", "aws-cn", GOV_CLOUD], fips: ["aws", GOV_CLOUD] }

/** In the SDK's words, which `awsErrors.ts` shows to nobody. */
const invalid = (reason: string): Error => new Error(`Invalid Configuration: ${reason}`)

/** Throws if the combination does not exist. */
export const endpointFor = (
  { host }: Pick<AwsService, "host">,
  { endpoint, region, useDualstackEndpoint, useFipsEndpoint }: EndpointOptions,
): URL => {
  if (endpoint !== undefined) {
    if (useFipsEndpoint || useDualstackEndpoint)
      throw invalid("FIPS and dual-stack cannot be combined with an endpoint")
    return new URL(endpoint)
  }
  const { dnsSuffix, dualStackDnsSuffix, name, supportsDualStack, supportsFIPS } = partition(region)
  const isS3 = host === "s3"
  if (useFipsEndpoint && (!supportsFIPS || (isS3 && name === "aws-cn")))
    throw invalid(`${name} has no FIPS endpoints`)
  if (useDualstackEndpoint && !supportsDualStack) throw invalid(`${name} has no dual-stack endpoints`)

  const isSecretsManager = host === "secretsmanager"
  // The usual endpoints of GovCloud are FIPS endpoints.
  const isFipsByDefault = name === GOV_CLOUD && !useDualstackEndpoint && !isSecretsManager && !isS3
  const isDualstackByDefault =
    isSecretsManager && DUALSTACK_BY_DEFAULT[useFipsEndpoint ? "fips" : "usual"].includes(name)
  const fips = useFipsEndpoint && !isFipsByDefault ? "-fips" : ""
  // S3 had dual-stack endpoints before AWS gave them a domain of their own.
  if (isS3)
    return new URL(`https://s3${fips}${useDualstackEndpoint ? ".dualstack" : ""}.${region}.${dnsSuffix}`)
  const suffix = useDualstackEndpoint && !isDualstackByDefault ? dualStackDnsSuffix : dnsSuffix
  return new URL(`https://${host}${fips}.${region}.${suffix}`)
}

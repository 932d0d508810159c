/**
 * The SDK's own providers, for an agent outside of Lambda: credentials from profiles, SSO, processes, web identity, containers
 * and instances, and the region of a profile or an instance.
 *
 * The platforms import it if no variable answers. The build bundles it apart, with all of its packages (scripts/bundle.ts), so
 * that it changes nothing of what Lambda starts. So it imports nothing of this project.
 */
import { defaultProvider } from "@aws-sdk/credential-provider-node"
import { MetadataService } from "@aws-sdk/ec2-metadata-service"
import { loadConfig } from "@smithy/core/config"
import type { AwsCredentialIdentity } from "@smithy/types"

/** How long the instance's metadata may take, in milliseconds: on other machines nobody answers. */
const METADATA_TIMEOUT = 1_000

/**
 * New credentials from the first provider that has some. The chain is made for each call and files are read again, because
 * `CredentialsCache.ts` keeps the credentials.
 */
export const obtainCredentials = (region: string | undefined): Promise<AwsCredentialIdentity> =>
  defaultProvider({
    ignoreCache: true,
    timeout: METADATA_TIMEOUT,
    ...(region === undefined ? {} : { clientConfig: { region } }),
  })()

const regionOfProfile = (): Promise<string | undefined> =>
  loadConfig<string | undefined>(
    {
      // No variable names a region, or nobody would ask.
      environmentVariableSelector: () => undefined,
      configFileSelector: (profile) => profile["region"],
      default: undefined,
    },
    { ignoreCache: true },
  )()

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html */
const regionOfInstance = async (isDisabled: boolean): Promise<string | undefined> => {
  if (isDisabled) return undefined
  const metadata = new MetadataService({ httpOptions: { timeout: METADATA_TIMEOUT }, retries: 0 })
  const text = await metadata.request("latest/meta-data/placement/region", {}).catch(() => undefined)
  return text?.trim() || undefined
}

/** The region of the profile, else of the instance. Never rejects. */
export const findRegion = async (isMetadataDisabled: boolean): Promise<string | undefined> =>
  (await regionOfProfile().catch(() => undefined)) ?? regionOfInstance(isMetadataDisabled)

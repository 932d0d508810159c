/**
 * Whose client asks: that of the AWS Parameters and Secrets extension, or that of the workload credentials provider. Pure.
 *
 * Both have a route of one name for secrets. Where both are offered, what only clients of the provider send decides; without
 * it, the Parameters and Secrets extension answers.
 */
import type { HeaderLookup } from "../../host/Platform.ts"
import { TOKEN_HEADER } from "../guard.ts"
import { partsOf } from "./compatibleQuery.ts"
import { parametersAndSecrets } from "./parametersAndSecrets.ts"
import type { Peer } from "./Peer.ts"
import { workloadCredentials } from "./workloadCredentials.ts"
import { OWN_KEYS, PATH_PREFIX, PING_PATH, SECRET_PATH } from "./workloadRequest.ts"

/** Which peers config.yaml asks for. */
export interface Offered {
  readonly parametersAndSecrets: boolean
  readonly workloadCredentials: boolean
}

/** The header of the token that only clients of the provider send. */
export const VAULT_HEADER = "x-vault-token"

const isThere = (value: string | null | undefined): boolean => value !== undefined && value !== null

const isOfProvider = (url: string, header: HeaderLookup): boolean => {
  const [path, search] = partsOf(url)
  if (path === PING_PATH || path.startsWith(PATH_PREFIX)) return true
  if (path !== SECRET_PATH) return false
  const query = new URLSearchParams(search)
  const hasOwnToken = isThere(header(VAULT_HEADER)) && !isThere(header(TOKEN_HEADER.toLowerCase()))
  return hasOwnToken || OWN_KEYS.some((key) => query.has(key))
}

/** The peer in whose manner a request is answered. */
export const peerFor = (offered: Offered, url: string, header: HeaderLookup): Peer => {
  if (!offered.workloadCredentials) return parametersAndSecrets
  if (!offered.parametersAndSecrets) return workloadCredentials
  return isOfProvider(url, header) ? workloadCredentials : parametersAndSecrets
}

/**
 * The roles that requests have asked for by `roleArn`: each has a session, a client and entries of its own, so they are few.
 *
 * As in the workload credentials provider none is dropped again, and one too many is refused. Roles of config.yaml don't count.
 */
import type { Entry } from "../../domain/Entry.ts"

export interface Roles {
  /** Whether a request as this role may go on. */
  readonly admit: (roleArn: string | undefined) => boolean
}

export const makeRoles = (listed: Iterable<Entry>, most: number): Roles => {
  const ofFile = new Set(Array.from(listed, ({ address }) => address.roleArn))
  const admitted = new Set<string>()
  return {
    admit: (roleArn) => {
      if (roleArn === undefined || ofFile.has(roleArn) || admitted.has(roleArn)) return true
      if (admitted.size >= most) return false
      admitted.add(roleArn)
      return true
    },
  }
}

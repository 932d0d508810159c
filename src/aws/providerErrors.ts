/**
 * What may be logged about a failure of the SDK's providers (`host/providers.ts`). Their messages may quote what they read: the
 * output of a process, a file or a reply with keys in it. So only messages that cannot quote a key are repeated.
 */
import * as Predicate from "effect/Predicate"

const NOBODY =
  "no credentials: neither keys in the environment, a profile, AWS_WEB_IDENTITY_TOKEN_FILE, a container's endpoint " +
  "nor the instance's metadata has any"

/** The end of the SDK's chain. */
const END = "Could not load credentials from any providers"

/** Errors whose messages name a profile, a session or a setting, never a value. */
const SAFE_NAME = "TokenProviderError"

/** The other messages that are repeated, by their beginnings: they name profiles, settings and commands to run. */
const SAFE_BEGINNINGS =
  /^(?:Could not resolve credentials using profile|Profile |The SSO session|SSO returns|Conflicting SSO|Detected a cycle|Unsupported credential source|Web identity configuration|EC2 |Incomplete configuration|Failed to load a token for session|Server responded with status)/

const MAX_LENGTH = 300

/** In one line, without what may hold a key. */
export const safeReason = (error: unknown): string => {
  const name = Predicate.hasProperty(error, "name") ? String(error.name) : "an error"
  const message = Predicate.hasProperty(error, "message") ? String(error.message) : ""
  if (message.startsWith(END)) return NOBODY
  const [line = ""] = message.split("\n")
  // A refusal by STS or the sign-on service: its message is AWS's.
  const isOfService = Predicate.hasProperty(error, "$fault")
  const isSafe = isOfService || name === SAFE_NAME || SAFE_BEGINNINGS.test(line)
  return isSafe && line !== ""
    ? `no credentials: ${line.slice(0, MAX_LENGTH)}`
    : `no credentials: ${name} of the SDK's providers`
}

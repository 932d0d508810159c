/**
 * The shapes of AppConfig Data's replies, as in the API reference.
 */
import { checkedBy } from "../../../aws/replies.ts"
import { number, object, type Shape, type Shaped, text, token } from "../../../aws/shapes.ts"

/** AppConfig's maximum, a day in seconds. With a longer interval, the value would never be polled again. */
const MAX_POLL_INTERVAL = 86_400

const pollInterval: Shape<number> = (input): input is number =>
  number(input) && input >= 0 && input <= MAX_POLL_INTERVAL

const bytes: Shape<Uint8Array> = (input) => input instanceof Uint8Array

export const SHAPES = {
  StartConfigurationSession: object({ InitialConfigurationToken: token }, {}),
  GetLatestConfiguration: object(
    { NextPollConfigurationToken: token },
    { NextPollIntervalInSeconds: pollInterval, ContentType: text, VersionLabel: text, Configuration: bytes },
  ),
} as const

export type ReplyOf<O extends keyof typeof SHAPES> = Shaped<(typeof SHAPES)[O]>

export const checked = checkedBy(SHAPES)

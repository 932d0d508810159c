/**
 * The rows of the fault matrix: each fault of AWS, of a server on the web or of the network, with the status of a read that
 * has no value. Local AWS and `faultMatrixWeb.ts` inject them (`answer`), or `faultMatrixNetwork.ts` does (`network`).
 */
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { type Outage } from "./faultMatrixNetwork.ts"
import { WRONG_MEMBERS } from "./wrongReplies.ts"

/** What a server on the web can do wrong. */
export type WebEffect = Extract<
  FaultEffect,
  { readonly kind: "page" | "delay" | "resetBefore" | "resetMid" | "truncate" | "hang" }
>

interface AnswerCause {
  readonly kind: "answer"
  readonly effect: FaultEffect
  /** The same in the words of S3, if it has others. */
  readonly s3?: FaultEffect
  /** The same of a server on the web; absent if it has no such fault. */
  readonly web?: WebEffect
}

export interface Fault {
  /** Follows "AWS" in a sentence. */
  readonly title: string
  readonly cause: AnswerCause | { readonly kind: "network"; readonly outage: Outage }
  /** The status of a read where there is no value; 200 for a fault that is a delay only. */
  readonly status: number
  /** The same of a URL, if it is another one. */
  readonly webStatus?: number
  /** Whether an extension that has reached AWS before may not notice the fault: Bun remembers addresses. */
  readonly mayGoUnnoticed?: true
}

/** A fault of AWS only. */
const answer = (title: string, status: number, effect: FaultEffect): Fault => ({
  title,
  status,
  cause: { kind: "answer", effect },
})

/** A fault that any server can have. */
const anyAnswer = (title: string, status: number, effect: WebEffect): Fault => ({
  title,
  status,
  cause: { kind: "answer", effect, web: effect },
})

type Code = readonly [status: number, type: string]

const error = ([status, type]: Code): FaultEffect => ({ kind: "error", status, type })

/** A refusal by AWS's JSON services, by S3, and by a server on the web if it has a status for that. */
const refusal = (title: string, status: number, json: Code, s3: Code, web?: number): Fault => ({
  title,
  status,
  cause: {
    kind: "answer",
    effect: error(json),
    s3: error(s3),
    ...(web === undefined ? {} : { web: { kind: "page", status: web } }),
  },
})

const network = (title: string, status: number, outage: Outage): Fault => ({
  title,
  status,
  cause: { kind: "network", outage },
})

export const FAULTS: ReadonlyArray<Fault> = [
  {
    title: "throttles",
    status: 429,
    cause: { kind: "answer", effect: { kind: "throttle" }, web: { kind: "page", status: 429 } },
  },
  refusal("answers 500", 502, [500, "InternalServerError"], [500, "InternalError"], 500),
  refusal("answers 503", 502, [503, "ServiceUnavailable"], [503, "ServiceUnavailable"], 503),
  refusal("denies access", 403, [400, "AccessDeniedException"], [403, "AccessDenied"], 403),
  refusal("says that the token has expired", 502, [400, "ExpiredTokenException"], [400, "ExpiredToken"]),
  refusal(
    "does not know the credentials",
    502,
    [400, "UnrecognizedClientException"],
    [403, "InvalidAccessKeyId"],
  ),
  {
    ...anyAnswer("is answered for by a firewall, with 403", 502, { kind: "page", status: 403 }),
    // Nothing tells a firewall's page from the server's own.
    webStatus: 403,
  },
  anyAnswer("resets the connection before it answers", 502, { kind: "resetBefore" }),
  anyAnswer("resets the connection in the middle of its answer", 502, { kind: "resetMid" }),
  anyAnswer("breaks its answer off", 502, { kind: "truncate" }),
  answer("answers something that is no JSON", 502, { kind: "wrongJson" }),
  answer("answers null", 502, { kind: "body", body: "null" }),
  answer("answers nothing", 502, { kind: "emptyBody" }),
  answer("answers with members of wrong types", 502, { kind: "body", body: WRONG_MEMBERS }),
  anyAnswer("hangs", 504, { kind: "hang" }),
  anyAnswer("takes 0.8 s", 200, { kind: "delay", duration: 800 }),
  { ...network("cannot be found by its name", 502, "unknownName"), mayGoUnnoticed: true },
  network("refuses connections", 502, "refused"),
  network("is a black hole", 504, "blackHole"),
]

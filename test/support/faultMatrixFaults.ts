/**
 * The rows of the fault matrix: each fault of AWS or of the network, with the status of a read that has no value. Local
 * AWS injects them (`answer`), or `faultMatrixNetwork.ts` does (`network`).
 */
import { type FaultEffect } from "../../local/aws/Faults.ts"
import { type Outage } from "./faultMatrixNetwork.ts"
import { WRONG_MEMBERS } from "./wrongReplies.ts"

export interface Fault {
  /** Follows "AWS" in a sentence. */
  readonly title: string
  readonly cause:
    | { readonly kind: "answer"; readonly effect: FaultEffect }
    | { readonly kind: "network"; readonly outage: Outage }
  /** The status of a read where there is no value; 200 for a fault that is a delay only. */
  readonly status: number
  /** Whether an extension that has reached AWS before may not notice the fault: Bun remembers addresses. */
  readonly mayGoUnnoticed?: true
}

const answer = (title: string, status: number, effect: FaultEffect): Fault => ({
  title,
  status,
  cause: { kind: "answer", effect },
})

const refusal = (title: string, status: number, code: number, type: string): Fault =>
  answer(title, status, { kind: "error", status: code, type })

const network = (title: string, status: number, outage: Outage): Fault => ({
  title,
  status,
  cause: { kind: "network", outage },
})

export const FAULTS: ReadonlyArray<Fault> = [
  answer("throttles", 429, { kind: "throttle" }),
  refusal("answers 500", 502, 500, "InternalServerError"),
  refusal("answers 503", 502, 503, "ServiceUnavailable"),
  refusal("denies access", 403, 400, "AccessDeniedException"),
  refusal("says that the token has expired", 502, 400, "ExpiredTokenException"),
  refusal("does not know the credentials", 502, 400, "UnrecognizedClientException"),
  answer("is answered for by a firewall, with 403", 502, { kind: "page", status: 403 }),
  answer("resets the connection before it answers", 502, { kind: "resetBefore" }),
  answer("resets the connection in the middle of its answer", 502, { kind: "resetMid" }),
  answer("breaks its answer off", 502, { kind: "truncate" }),
  answer("answers something that is no JSON", 502, { kind: "wrongJson" }),
  answer("answers null", 502, { kind: "body", body: "null" }),
  answer("answers nothing", 502, { kind: "emptyBody" }),
  answer("answers with members of wrong types", 502, { kind: "body", body: WRONG_MEMBERS }),
  answer("hangs", 504, { kind: "hang" }),
  answer("takes 0.8 s", 200, { kind: "delay", duration: 800 }),
  { ...network("cannot be found by its name", 502, "unknownName"), mayGoUnnoticed: true },
  network("refuses connections", 502, "refused"),
  network("is a black hole", 504, "blackHole"),
]

/**
 * What the environment is doing, derived from the events of local Lambda. Pure.
 */
import type { EmulatorEvent } from "../lambda/events.ts"

export type EnvironmentState = "starting" | "running" | "frozen" | "ending" | "ended" | "failed"

export interface EnvironmentStatus {
  readonly state: EnvironmentState
  /** When it entered this state, in epoch milliseconds; 0 if unknown. */
  readonly since: number
  readonly invocations: number
}

/** Before the first event. */
export const NOT_STARTED: EnvironmentStatus = { state: "starting", since: 0, invocations: 0 }

const STATES: Readonly<Partial<Record<EmulatorEvent["type"], EnvironmentState>>> = {
  "init-started": "starting",
  "init-failed": "failed",
  invoke: "running",
  thawed: "running",
  frozen: "frozen",
  "shutdown-started": "ending",
  "shutdown-done": "ended",
}

/** The status after one more event. */
export const applyEvent = (status: EnvironmentStatus, { at, type }: EmulatorEvent): EnvironmentStatus => {
  const state = STATES[type] ?? status.state
  return {
    state,
    since: state === status.state ? status.since : at,
    invocations: status.invocations + (type === "invoke" ? 1 : 0),
  }
}

/**
 * What the environment is doing, told from the events of local Lambda. Pure.
 */
import type { EmulatorEvent } from "../lambda/events.ts"

export type EnvironmentState = "starting" | "running" | "frozen" | "ending" | "ended" | "failed"

/** One execution environment's life. */
export interface EnvironmentLife {
  readonly state: EnvironmentState
  /** Since when, in epoch milliseconds. */
  readonly since: number
  readonly invocations: number
}

/** Before the first event. */
export const UNBORN: EnvironmentLife = { state: "starting", since: 0, invocations: 0 }

const STATES: Readonly<Partial<Record<EmulatorEvent["type"], EnvironmentState>>> = {
  "init-started": "starting",
  "init-failed": "failed",
  invoke: "running",
  thawed: "running",
  frozen: "frozen",
  "shutdown-started": "ending",
  "shutdown-done": "ended",
}

/** The life after one more event. */
export const after = (life: EnvironmentLife, { at, type }: EmulatorEvent): EnvironmentLife => {
  const state = STATES[type] ?? life.state
  return {
    state,
    since: state === life.state ? life.since : at,
    invocations: life.invocations + (type === "invoke" ? 1 : 0),
  }
}

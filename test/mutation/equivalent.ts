/**
 * Mutants of the core that behave as the original does, so that no test can tell them apart: `npm run mutate` leaves
 * them out. Each with the reason; what a test could notice has no place here.
 */
import type { Equivalent } from "../../scripts/mutate/mutants.ts"

export const EQUIVALENT: ReadonlyArray<Equivalent> = []

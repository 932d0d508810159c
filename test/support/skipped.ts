/**
 * The end of a test's name when this machine cannot run it: says why. Empty where it runs.
 */
export const skipped = (isSkipped: boolean, why: string): string => (isSkipped ? ` (skipped ${why})` : "")

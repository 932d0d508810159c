/**
 * Flags that several commands have.
 */
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"
import { isRegion, REGION_ALLOWED } from "../src/config/fields/grammar.ts"

/** A region of AWS. `about` says which, and what holds without the flag. */
export const region = (about: string) =>
  Flag.String("region").pipe(
    Flag.withDescription(about),
    Flag.withSchema(Schema.String.check(Schema.makeFilter((text) => isRegion(text) || REGION_ALLOWED))),
    Flag.optional,
  )

/** Whether a report is printed for programs. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON (default off)"),
  Flag.withDefault(false),
)

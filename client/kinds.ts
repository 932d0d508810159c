/**
 * The kinds of values as src/kinds describes them. Generated: `npm run generate` writes this file anew.
 */

/** Which version of a value is read, by kind, in AWS's words. */
export interface Selectors {
  readonly parameters: {
    readonly version?: number | string | undefined
    readonly label?: string | undefined
  }
  readonly secrets: {
    readonly versionId?: string | undefined
    readonly versionStage?: string | undefined
  }
  readonly dynamodb: Readonly<Record<never, never>>
  readonly appconfig: Readonly<Record<never, never>>
}

/**
 * The kinds of values as src/kinds describes them. Generated: `npm run generate` writes this file anew.
 */

/** What selects the version of a value, by kind, in AWS's terms. */
export interface Selectors {
  readonly parameters: {
    readonly version?: number | string | undefined
    readonly label?: string | undefined
  }
  readonly secrets: {
    readonly versionId?: string | undefined
    readonly versionStage?: string | undefined
  }
  readonly dynamodb: {
    readonly hashkeyvalue?: number | string | undefined
    readonly sortkeyvalue?: number | string | undefined
  }
  readonly appconfig: Readonly<Record<never, never>>
  readonly s3: {
    readonly versionId?: string | undefined
  }
  readonly sql: Readonly<Record<never, never>>
  readonly http: Readonly<Record<never, never>>
}

/** What reads may ask of a value besides a field, by kind. */
export interface Views {
  readonly parameters: {
    readonly as?: "list" | undefined
  }
  readonly secrets: Readonly<Record<never, never>>
  readonly dynamodb: Readonly<Record<never, never>>
  readonly appconfig: {
    readonly flag?: string | ReadonlyArray<string> | undefined
    readonly context?: Readonly<Record<string, boolean | number | string>> | undefined
  }
  readonly s3: Readonly<Record<never, never>>
  readonly sql: Readonly<Record<never, never>>
  readonly http: Readonly<Record<never, never>>
}

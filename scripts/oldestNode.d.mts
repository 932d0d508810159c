export declare const OLDEST_NODE: readonly [major: number, minor: number]

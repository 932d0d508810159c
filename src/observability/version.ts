/** The version of package.json, which is not part of a layer. A test compares them. */
export const VERSION = "0.1.0"

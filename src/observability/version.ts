/** The version of package.json, which is not part of a layer. A test holds them together. */
export const VERSION = "0.1.0"

/**
 * What a request's `Cache-Control` asks for (RFC 9111, section 5.2.1). Understood is `no-cache`: fetch first.
 * Other directives are left alone, as a cache may.
 */

/** Whether the value must be fetched before it is served. */
export const asksForFetch = (cacheControl: string | undefined): boolean =>
  cacheControl !== undefined &&
  cacheControl.split(",").some((directive) => directive.trim().toLowerCase().split("=", 1)[0] === "no-cache")

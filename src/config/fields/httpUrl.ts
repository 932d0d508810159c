/**
 * The base URL of an HTTP service, as config.yaml and a variable name one. Pure.
 *
 * `Settings` and the sections read it by the same function, so that both refuse the same things.
 */

export const HTTP_URL_ALLOWED = "a URL such as http://127.0.0.1:4318, without query, fragment or credentials"

/** The URL without a slash at its end; undefined if the text cannot be a base URL. */
export const parseHttpUrl = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined
  const isBase = url.search === "" && url.hash === "" && url.username === "" && url.password === ""
  return isBase ? url.href.replace(/\/+$/, "") : undefined
}

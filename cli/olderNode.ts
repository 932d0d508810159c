/**
 * What the shared code of `src/` uses and Node 20 lacks. The layers run on newer ones; the program runs on Node 20, too.
 * `bin.ts` imports this first.
 */
import process from "node:process"

/** Sets a missing function. */
const provide = <T extends object, K extends keyof T>(target: T, name: K, value: T[K]): void => {
  if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true })
}

/** https://tc39.es/ecma262/#sec-map.groupby */
const groupBy = <K, A>(items: Iterable<A>, keyOf: (item: A, index: number) => K): Map<K, Array<A>> => {
  const groups = new Map<K, Array<A>>()
  let index = 0
  for (const item of items) {
    const key = keyOf(item, index++)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** https://tc39.es/ecma262/#sec-promise.withResolvers */
const withResolvers = <A>() => {
  let resolve: (value: A | PromiseLike<A>) => void = () => undefined
  let reject: (reason?: unknown) => void = () => undefined
  const promise = new Promise<A>((onResolved, onRejected) => {
    resolve = onResolved
    reject = onRejected
  })
  return { promise, resolve, reject }
}

/** https://url.spec.whatwg.org/#dom-url-parse */
const parse = (text: string | URL, base?: string | URL): URL | null =>
  URL.canParse(String(text), base === undefined ? undefined : String(base)) ? new URL(text, base) : null

provide(Map, "groupBy", groupBy)
provide(Promise, "withResolvers", withResolvers)
provide(URL, "parse", parse)

// On Node 20, the bundled AWS SDK would warn on stderr that its later versions need a newer Node. This package has its own copy.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true"

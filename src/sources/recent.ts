/**
 * A map of bounded size: what was not asked for longest goes. For what is made for each region and role and can be made
 * again: clients, sessions, causes.
 *
 * Regions and roles may come from requests, so that nothing keyed by them may grow without end.
 */

/** So many regions and roles are kept apart at once: config.yaml lists fewer, and requests may name some more. */
export const MOST_PLACES = 100

export interface Recent<K, V> {
  readonly get: (key: K) => V | undefined
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
  readonly values: () => Iterable<V>
}

/** `onGone` is told of what goes to make room. */
export const recent = <K, V>(most: number, onGone: (value: V) => void = () => {}): Recent<K, V> => {
  // A Map keeps the order in which its keys were set.
  const kept = new Map<K, V>()

  const makeRoom = () => {
    for (const [key, value] of kept) {
      if (kept.size <= most) return
      kept.delete(key)
      onGone(value)
    }
  }

  const put = (key: K, value: V) => {
    kept.delete(key)
    kept.set(key, value)
  }

  return {
    get: (key) => {
      const value = kept.get(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set: (key, value) => {
      put(key, value)
      makeRoom()
    },
    delete: (key) => void kept.delete(key),
    values: () => kept.values(),
  }
}

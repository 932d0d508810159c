/**
 * A map of limited size that drops the least recently used entry. It holds what is made for each region and role and can be
 * made again: clients, sessions, causes.
 *
 * Regions and roles may come from requests, so nothing that is keyed by them may grow without limit.
 */

/** How many regions and roles are kept at once: more than config.yaml lists, with room for some from requests. */
export const MOST_PLACES = 100

export interface Recent<K, V> {
  readonly get: (key: K) => V | undefined
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
  readonly values: () => Iterable<V>
}

/** `onGone` is called with each value that is dropped to make room. */
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

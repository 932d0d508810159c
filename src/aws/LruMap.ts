/**
 * A map of bounded size that evicts the least recently used entry, for objects that are made per region and role and can be
 * made again: clients, credentials, circuits.
 *
 * Requests may name regions and roles, so nothing keyed by them may grow without bound.
 */

/** How many regions and roles are kept at once: more than config.yaml lists, with room for some from requests. */
export const MAX_REGIONS_AND_ROLES = 100

interface LruMap<K, V> {
  readonly get: (key: K) => V | undefined
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
  readonly values: () => Iterable<V>
}

/** `onEvict` is called with each value that makes room for another. */
export const makeLruMap = <K, V>(maxSize: number, onEvict: (value: V) => void = () => {}): LruMap<K, V> => {
  // A Map iterates in insertion order, so the least recently used entry comes first.
  const entries = new Map<K, V>()

  const put = (key: K, value: V) => {
    entries.delete(key)
    entries.set(key, value)
  }

  return {
    get: (key) => {
      const value = entries.get(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set: (key, value) => {
      put(key, value)
      const [oldest] = entries
      if (entries.size <= maxSize || oldest === undefined) return
      entries.delete(oldest[0])
      onEvict(oldest[1])
    },
    delete: (key) => void entries.delete(key),
    values: () => entries.values(),
  }
}

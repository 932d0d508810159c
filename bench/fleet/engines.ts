/**
 * The engines of the shared tier in the simulation: how long an operation takes, what it consumes, and what an engine allows.
 * docs/fleet.md has the sources of these figures. Both engines are new: nothing was warmed up for the storm.
 */
import { makeBucket, type Bucket } from "./bucket.ts"
import type { Figures } from "./figures.ts"
import type { Chance, Simulation } from "./Simulation.ts"

export interface Engine {
  readonly name: string
  /** The median and the 99th percentile of an operation on an open connection, in milliseconds. */
  readonly median: number
  readonly p99: number
  /** What the first operation of an environment takes in addition: the client, DNS, TCP and TLS. In milliseconds. */
  readonly connect: number
  /** Units a second: of the whole engine, and of one key. Reads and writes may share them. */
  readonly reads: Capacity
  readonly writes: Capacity
  /** What an operation consumes for one record of so many bytes. */
  readonly readUnits: (bytes: number, isConsistent: boolean) => number
  readonly writeUnits: (bytes: number) => number
  /** In dollars. */
  readonly readUnitPrice: number
  readonly writeUnitPrice: number
  readonly hourPrice: number
}

interface Capacity {
  readonly all: number
  readonly key: number
}

const MILLION = 1_000_000
const KB = 1_000

/** A table on demand, just made: 4,000 writes and 12,000 reads a second, a partition 1,000 and 3,000. */
export const DYNAMODB: Engine = {
  name: "DynamoDB",
  median: 4,
  p99: 15,
  connect: 40,
  reads: { all: 12_000, key: 3_000 },
  writes: { all: 4_000, key: 1_000 },
  readUnits: (bytes, isConsistent) => Math.ceil(bytes / (4 * KB)) * (isConsistent ? 1 : 0.5),
  writeUnits: (bytes) => Math.ceil(bytes / KB),
  readUnitPrice: 0.125 / MILLION,
  writeUnitPrice: 0.625 / MILLION,
  hourPrice: 0,
}

/** ElastiCache Serverless: 30,000 units (ECPU) a second; all keys of a namespace are in one slot. 100 MB are the least. */
const SLOT = { all: 30_000, key: 30_000 }
export const VALKEY: Engine = {
  name: "Valkey",
  median: 0.6,
  p99: 2,
  connect: 10,
  reads: SLOT,
  writes: SLOT,
  // One unit a kilobyte, and at least one a command; the records of an MGET share them.
  readUnits: (bytes) => bytes / KB,
  writeUnits: (bytes) => Math.max(1, bytes / KB),
  readUnitPrice: 0.0023 / MILLION,
  writeUnitPrice: 0.0023 / MILLION,
  hourPrice: 0.084 * 0.1,
}

/** A record's key: the number of its name or, for a pack, that of its batch from `FIRST_PACK` on. */
export type Key = number
export const FIRST_PACK = 1_000_000

export interface Found {
  /** When AWS was asked for each record; undefined for one that is missing. */
  readonly askedAt: ReadonlyArray<number | undefined>
  readonly isHeld: ReadonlyArray<boolean>
}

/** What the engine has: when AWS was asked for each record, by key. */
export interface SharedStore {
  /** Reads what is there. Undefined if the engine could not read all of it. */
  readonly read: (
    keys: ReadonlyArray<Key>,
    leases: ReadonlyArray<Key>,
    ended: (found: Found | undefined) => void,
  ) => void
  readonly write: (keys: ReadonlyArray<Key>, askedAt: number, ended: () => void) => void
  /** Takes a lease for so many milliseconds. Undefined: the engine refused. */
  readonly acquire: (
    lease: Key,
    milliseconds: number,
    ended: (isAcquired: boolean | undefined) => void,
  ) => void
  readonly release: (lease: Key) => void
}

interface StoreOptions {
  readonly engine: Engine
  readonly simulation: Simulation
  readonly chance: Chance
  readonly figures: Figures
  readonly bytesOf: (key: Key) => number
}

/** A lease has an owner and a time. */
const LEASE_BYTES = 100

/** Leases and records have keys of their own. */
const keyOfLease = (lease: Key): Key => -1 - lease

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326

export const makeSharedStore = (options: StoreOptions): SharedStore => {
  const { bytesOf, chance, engine, figures, simulation } = options
  const { after, now } = simulation
  const records = new Map<Key, number>()
  const heldUntil = new Map<Key, number>()
  const isOneCapacity = engine.reads === engine.writes
  const allReads = makeBucket(engine.reads.all)
  const allWrites = isOneCapacity ? allReads : makeBucket(engine.writes.all)
  const keyReads = new Map<Key, Bucket>()
  const keyWrites = new Map<Key, Bucket>()
  const sigma = Math.log(engine.p99 / engine.median) / Z99

  /** Log-normal, by Box and Muller. */
  const latency = (): number => {
    const radius = Math.sqrt(-2 * Math.log(1 - chance.share()))
    return engine.median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * chance.share()))
  }

  const bucketOf = (buckets: Map<Key, Bucket>, key: Key, perSecond: number): Bucket => {
    const existing = buckets.get(key) ?? makeBucket(perSecond)
    buckets.set(key, existing)
    return existing
  }

  const take = (isWrite: boolean, key: Key, units: number): boolean => {
    const capacity = isWrite ? engine.writes : engine.reads
    const ofKey = bucketOf(isWrite ? keyWrites : keyReads, key, capacity.key)
    const isAllowed = ofKey(units, now()) && (isWrite ? allWrites : allReads)(units, now())
    if (!isAllowed) figures.tierRefused += 1
    else if (isWrite) figures.tierWriteUnits += units
    else figures.tierReadUnits += units
    return isAllowed
  }

  const isHeld = (lease: Key): boolean => (heldUntil.get(lease) ?? Number.NEGATIVE_INFINITY) > now()

  return {
    read: (keys, leases, ended) => {
      figures.tierCalls += 1
      // Whoever sees that a lease is free must also see what its holder has written.
      const isConsistent = leases.length > 0
      const leaseUnits = engine.readUnits(LEASE_BYTES, isConsistent)
      const areRead = [
        ...keys.map((key) => take(false, key, engine.readUnits(bytesOf(key), isConsistent))),
        ...leases.map((lease) => take(false, keyOfLease(lease), leaseUnits)),
      ]
      after(latency(), () =>
        ended(
          areRead.every((isRead) => isRead)
            ? { askedAt: keys.map((key) => records.get(key)), isHeld: leases.map(isHeld) }
            : undefined,
        ),
      )
    },
    write: (keys, askedAt, ended) => {
      figures.tierCalls += 1
      after(latency(), () => {
        for (const key of keys)
          if (take(true, key, engine.writeUnits(bytesOf(key))))
            records.set(key, Math.max(askedAt, records.get(key) ?? Number.NEGATIVE_INFINITY))
        ended()
      })
    },
    acquire: (lease, milliseconds, ended) => {
      figures.tierCalls += 1
      // A conditional write that is refused consumes what one that succeeds does.
      const isAnswered = take(true, keyOfLease(lease), engine.writeUnits(LEASE_BYTES))
      after(latency(), () => {
        if (!isAnswered) return ended(undefined)
        if (isHeld(lease)) return ended(false)
        heldUntil.set(lease, now() + milliseconds)
        ended(true)
      })
    },
    release: (lease) => {
      figures.tierCalls += 1
      take(true, keyOfLease(lease), engine.writeUnits(LEASE_BYTES))
      after(latency(), () => heldUntil.delete(lease))
    },
  }
}

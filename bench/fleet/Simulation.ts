/**
 * Virtual time: a queue of events in the order of their times, which may schedule further events. A binary heap, because a run
 * has millions of events. Also the seeded random numbers of a run.
 */

/** An event. */
type Happening = () => void

export interface Simulation {
  /** Milliseconds since the start of the run. */
  readonly now: () => number
  /** Schedules an event so many milliseconds from now. */
  readonly after: (delay: number, happening: Happening) => void
  /** Runs until `isOver`, until `end`, or for `maxEvents` events. */
  readonly run: (end: number, maxEvents: number, isOver: () => boolean) => void
}

export const makeSimulation = (): Simulation => {
  const times: Array<number> = []
  const happenings: Array<Happening> = []
  let now = 0

  const timeAt = (index: number) => times[index] ?? Number.POSITIVE_INFINITY

  const put = (index: number, time: number, happening: Happening): void => {
    times[index] = time
    happenings[index] = happening
  }

  /** Moves what happens at `from` to another place, and returns the place that is free now. */
  const move = (from: number, to: number): number => {
    const happening = happenings[from]
    if (happening !== undefined) put(to, timeAt(from), happening)
    return from
  }

  const add = (time: number, happening: Happening): void => {
    let free = times.length
    while (free > 0) {
      const parent = (free - 1) >> 1
      if (timeAt(parent) <= time) break
      free = move(parent, free)
    }
    put(free, time, happening)
  }

  const takeFirst = (): Happening | undefined => {
    const first = happenings[0]
    const time = times.pop()
    const last = happenings.pop()
    if (time === undefined || last === undefined || times.length === 0) return first
    let free = 0
    for (;;) {
      const left = 2 * free + 1
      const least = timeAt(left + 1) < timeAt(left) ? left + 1 : left
      if (time <= timeAt(least)) break
      free = move(least, free)
    }
    put(free, time, last)
    return first
  }

  return {
    now: () => now,
    after: (delay, happening) => add(now + delay, happening),
    run: (end, maxEvents, isOver) => {
      for (let events = 0; events < maxEvents && !isOver(); events += 1) {
        const next = timeAt(0)
        if (next > end) break
        now = next
        takeFirst()?.()
      }
      if (!isOver() && timeAt(0) > end) now = end
    },
  }
}

export interface Chance {
  /** Uniform between 0 and 1. */
  readonly share: () => number
  /** The time until the next event of a Poisson process with this mean interval. */
  readonly wait: (mean: number) => number
}

/** Mulberry32, a small 32-bit generator. The same seed gives the same run everywhere. */
export const makeChance = (seed: number): Chance => {
  let state = seed
  const share = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { share, wait: (mean) => -Math.log(1 - share()) * mean }
}

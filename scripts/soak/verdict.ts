// The verdict of the soak test, from its samples. Pure, so a test shows that it finds a leak.
//
// A runtime takes memory before it collects, so the memory of the process swings and says little about a leak of a few bytes. The
// live heap after a forced collection does: once the code that the load runs has been compiled, its minimum stays the same. (What
// is above the minimum belongs to connections and fetches that are under way.)
import { figures, least, median, most, type Sample } from "./samples.ts"

export interface Finding {
  readonly holds: boolean
  readonly words: string
}

/** What the extension may take in this mix, in MB, once it is warm. Compared with medians, because a collection may be due. */
export interface Aims {
  readonly anonymous: number
  readonly rss: number
}

/** The part of the run that is warm-up, while code is compiled and heaps grow to their size. */
const WARM_UP = 1 / 3
/** How much of the growth of the process's memory, from the first half after the warm-up to the second, counts as noise. */
const MAX_GROWTH = 0.05
/** The same of the live heap. */
const MAX_LIVE_GROWTH = 0.02
const MAX_NEW_SOCKETS = 2
const MINUTES_PER_HOUR = 60

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** The slope of the least squares line through the samples' memory, in MB per hour. */
const slope = (samples: ReadonlyArray<Sample>): number => {
  const minutes = mean(figures(samples, "minute"))
  const rss = mean(figures(samples, "rss"))
  const above = mean(samples.map((sample) => (sample.minute - minutes) * (sample.rss - rss)))
  return (MINUTES_PER_HOUR * above) / mean(samples.map((sample) => (sample.minute - minutes) ** 2))
}

/** A run that shows nothing has not shown that nothing leaks. */
const tooShort = (what: string, has: string): Finding => ({
  holds: false,
  words: `${what}: the run is too short to judge: ${has}`,
})

const judgeLiveHeap = (samples: ReadonlyArray<Sample>): Finding => {
  const live = samples.map((sample) => sample.live).filter((live) => live !== undefined)
  const third = Math.floor(live.length / 3)
  if (third === 0) return tooShort("live heap", `${live.length} forced collections, and it takes 3`)
  const thirdFromEnd = (nth: number) =>
    least(live.slice(live.length - nth * third, live.length - (nth - 1) * third))
  const [cold, before, after] = [thirdFromEnd(3), thirdFromEnd(2), thirdFromEnd(1)]
  return {
    holds: after <= before * (1 + MAX_LIVE_GROWTH),
    words: `live heap: at least ${cold.toFixed(2)} MB in the first third (warm-up), ${before.toFixed(2)} in the second, ${after.toFixed(2)} in the last (${((after / before - 1) * 100).toFixed(1)} %)`,
  }
}

/** The samples after the warm-up. */
const warmOf = (samples: ReadonlyArray<Sample>): ReadonlyArray<Sample> =>
  samples.slice(Math.floor(samples.length * WARM_UP))

/** Whether memory and sockets were stable after the warm-up. */
export const judgeGrowth = (samples: ReadonlyArray<Sample>): ReadonlyArray<Finding> => {
  const warm = warmOf(samples)
  const middle = Math.floor(warm.length / 2)
  const [early, late] = [warm.slice(0, middle), warm.slice(middle)]
  const [before, after] = [median(figures(early, "rss")), median(figures(late, "rss"))]
  const [fewest, fewestLate] = [least(figures(early, "sockets")), least(figures(late, "sockets"))]
  return [
    {
      holds: after <= before * (1 + MAX_GROWTH),
      words: `RSS after warm-up: median ${before.toFixed(1)} MB, then ${after.toFixed(1)} MB; slope ${slope(warm).toFixed(1)} MB/h`,
    },
    {
      holds: fewestLate <= fewest + MAX_NEW_SOCKETS,
      words: `fewest open sockets: ${fewest}, then ${fewestLate}`,
    },
  ]
}

const judgeSize = (samples: ReadonlyArray<Sample>, aims: Aims): Finding => {
  const warm = warmOf(samples)
  const [rss, anonymous] = [figures(warm, "rss"), figures(warm, "anonymous")]
  return {
    holds: median(anonymous) <= aims.anonymous && median(rss) <= aims.rss,
    words:
      `anonymous: median ${median(anonymous).toFixed(1)} MB, at most ${most(anonymous).toFixed(1)} MB (aim ${aims.anonymous}); ` +
      `RSS: median ${median(rss).toFixed(1)} MB, at most ${most(rss).toFixed(1)} MB (aim ${aims.rss})`,
  }
}

/** The samples of one minute have the same time, and are no trend. */
const spansMinutes = (samples: ReadonlyArray<Sample>): boolean =>
  samples.at(0)?.minute !== samples.at(-1)?.minute

/** Whether nothing leaked, and memory was within the aims. */
export const judge = (samples: ReadonlyArray<Sample>, aims: Aims): ReadonlyArray<Finding> => [
  judgeLiveHeap(samples),
  ...(spansMinutes(warmOf(samples))
    ? [...judgeGrowth(samples), judgeSize(samples, aims)]
    : [
        tooShort(
          "memory and sockets",
          "all samples after the warm-up are of one minute; use --minutes 2 or more",
        ),
      ]),
]

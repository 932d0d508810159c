/**
 * How often a cached value is fetched in the life of an environment: the formula behind `cost`. Pure.
 *
 * Invokes arrive at random (a Poisson process), and the first starts the environment and fetches the value. It is fresh for
 * its ttl; the next invoke after that fetches it again. So the k-th fetch after the first happens k ttls and k waits for an
 * invoke later, and it happens within the life if at least k invokes arrive in what the ttls leave of it.
 */

/** Beyond so many deviations, a Poisson variable has no weight that matters. */
const DEVIATIONS = 12

/** The logarithm of n!, by Stirling's series from 20 on. */
const logFactorial = (n: number): number => {
  let below = 0
  let x = n + 1
  while (x < 20) {
    below += Math.log(x)
    x += 1
  }
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) - below
}

/** The probability that a Poisson variable with this mean is at least `k`. */
export const poissonAtLeast = (k: number, mean: number): number => {
  if (k <= 0) return 1
  if (mean <= 0) return 0
  const reach = DEVIATIONS * Math.sqrt(mean) + DEVIATIONS
  if (k < mean - reach) return 1
  if (k > mean + reach) return 0
  let term = Math.exp(k * Math.log(mean) - mean - logFactorial(k))
  let sum = 0
  for (let n = k; n <= mean + 2 * reach && (term > 0 || n < mean); n += 1) {
    sum += term
    term *= mean / (n + 1)
  }
  return Math.min(1, sum)
}

/** A tail that is smaller than this is left out. */
const NEGLIGIBLE = 1e-12

export interface Life {
  /** How long an environment lives, in seconds. */
  readonly lifetime: number
  /** How many invokes it gets a second, after the one that started it. */
  readonly rate: number
}

/** How many invokes an environment gets in its life. */
export const invokesOf = ({ lifetime, rate }: Life): number => 1 + lifetime * rate

/** How often a value with this ttl, in seconds, is fetched in the life of an environment in which every invoke reads it. */
export const fetchesOf = (ttl: number, { lifetime, rate }: Life): number => {
  if (ttl <= 0) return invokesOf({ lifetime, rate })
  let fetches = 1
  for (let k = 1; k * ttl < lifetime; k += 1) {
    const probability = poissonAtLeast(k, rate * (lifetime - k * ttl))
    fetches += probability
    if (probability < NEGLIGIBLE) break
  }
  return fetches
}

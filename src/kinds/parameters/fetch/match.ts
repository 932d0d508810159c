/**
 * Which reply of GetParameters answers which of the names that were asked for: decided here alone, exactly or not at all.
 *
 * AWS answers in an order of its own. A reply names its parameter by Name and ARN and its version by Selector, which is
 * the `:version` or `:label` that was asked for; some stand-ins for AWS leave Selector out or write it into Name. What a
 * batch leaves open, `Parameters` asks for alone. Pure.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html
 */
import { isArn } from "../../../config/fields/arn.ts"
import { SECRET_REFERENCE } from "../address.ts"
import type { Parameter } from "./replies.ts"

/** What a batch says of a name: the reply that answers it, that there is none, or nothing certain. */
export type Match =
  | { readonly kind: "answer"; readonly parameter: Parameter }
  | { readonly kind: "invalid" }
  | { readonly kind: "alone" }

const INVALID: Match = { kind: "invalid" }
const ALONE: Match = { kind: "alone" }

/** A name as it is asked for: the parameter's own name or ARN, and the selector behind it. */
interface Asked {
  readonly base: string
  readonly selector: string | undefined
}

/** A reply by what it says of itself. */
interface Candidate {
  readonly parameter: Parameter
  /** Its names: Name and ARN, as far as it has them. */
  readonly bases: ReadonlyArray<string>
  readonly arn: string | undefined
  readonly selector: string | undefined
  readonly version: number | undefined
}

/** A name, or an ARN up to what follows its account; then a selector. */
const NAME = /^(arn:[^:]*:[^:]*:[^:]*:[^:]*:[^:]*|[^:]*)(?::(.*))?$/s

const VERSION = /^\d+$/

/** The ARN of a parameter. A reference to a secret comes back with the secret's own, which names no parameter. */
const PARAMETER_ARN = /^arn:[^:]*:ssm:/

/** A name of one level is the same with and without its slash. */
const plain = (base: string): string => (base.lastIndexOf("/") === 0 ? base.slice(1) : base)

/** What stands behind the account in an ARN, or the name: the same for both. */
const tailOf = (base: string): string => base.replace(/^arn:.*?:parameter/, "").replace(/^\//, "")

const askedOf = (name: string): Asked => {
  const [, base = name, selector] = NAME.exec(name.trim()) ?? []
  return { base: plain(base), selector: selector === "" ? undefined : selector }
}

/** The number that a selector means, if it means one. Secrets have none: there it is a stage or an id, and Version is 0. */
const versionOf = ({ base, selector }: Asked): number | undefined =>
  selector !== undefined && VERSION.test(selector) && !base.startsWith(SECRET_REFERENCE)
    ? Number(selector)
    : undefined

/** A reply, unless its parts contradict one another. */
const candidateOf = (parameter: Parameter): Candidate | undefined => {
  const named = parameter.Name == null ? undefined : askedOf(parameter.Name)
  const byArn =
    parameter.ARN == null || !PARAMETER_ARN.test(parameter.ARN) ? undefined : askedOf(parameter.ARN)
  const given = [parameter.Selector?.replace(/^:/, "") || undefined, named?.selector, byArn?.selector]
  const selectors = new Set(given.filter((selector) => selector !== undefined))
  const [selector] = selectors
  const base = named?.base ?? byArn?.base
  if (selectors.size > 1 || base === undefined) return undefined
  const isReference = base.startsWith(SECRET_REFERENCE)
  const version = isReference ? undefined : (parameter.Version ?? undefined)
  const number = versionOf({ base, selector })
  if (number !== undefined && version !== undefined && number !== version) return undefined
  const bases = [named?.base, byArn?.base].filter((each) => each !== undefined)
  return { parameter, bases, arn: byArn?.base, selector, version }
}

const isOf =
  ({ base }: Asked) =>
  ({ bases }: Candidate): boolean =>
    bases.includes(base)

/** The one version that all of some replies have. */
const commonVersion = (candidates: ReadonlyArray<Candidate>): number | undefined => {
  const versions = new Set(candidates.map(({ version }) => version))
  const [version] = versions
  return versions.size === 1 ? version : undefined
}

/** The replies without a reply of the given version for each of `times`. */
const without = (candidates: ReadonlyArray<Candidate>, version: number, times: number) => {
  const first = new Set(candidates.filter((candidate) => candidate.version === version).slice(0, times))
  return candidates.filter((candidate) => !first.has(candidate))
}

/** How many of some names or replies there are of each selector. */
const countsOf = (
  all: ReadonlyArray<Pick<Candidate, "selector">>,
): ReadonlyMap<string | undefined, number> => {
  const counts = new Map<string | undefined, number>()
  for (const { selector } of all) counts.set(selector, (counts.get(selector) ?? 0) + 1)
  return counts
}

/**
 * The reply without a selector that answers a name. One that asks for a number goes by Version. What is left then
 * belongs to the others: certain where it is all one version, and there is a reply for each of them.
 *
 * @param about the replies of the parameter
 * @param rivals the names that these replies may answer, this one among them
 */
const unselected = (
  asked: Asked,
  about: ReadonlyArray<Candidate>,
  rivals: ReadonlyArray<Asked>,
): Candidate | undefined => {
  const open = about.filter(({ selector }) => selector === undefined)
  const number = versionOf(asked)
  if (number !== undefined) {
    const exact = open.find(({ version }) => version === number)
    if (exact !== undefined) return exact
  }
  const [only] = open
  const answered = countsOf(about)
  /** The names of each selector that no reply with this selector is left for. */
  const claims = Array.from(countsOf(rivals), ([selector, count]) => ({
    selector,
    count: selector === undefined ? count : Math.max(0, count - (answered.get(selector) ?? 0)),
    number: versionOf({ base: asked.base, selector }),
  }))
  if (open.some(({ version }) => version === undefined)) {
    const claiming = claims.filter(({ count }) => count > 0)
    return claiming.length === 1 && open.length <= (claiming[0]?.count ?? 0) ? only : undefined
  }
  if (number !== undefined) return undefined
  const rest = claims.reduce(
    (left, claim) => (claim.number === undefined ? left : without(left, claim.number, claim.count)),
    open,
  )
  const others = claims.filter((claim) => claim.number === undefined && claim.count > 0)
  const wanted = others.reduce((sum, { count }) => sum + count, 0)
  const isOneKind = others.length === 1
  if (commonVersion(rest) === undefined || (!isOneKind && rest.length < wanted)) return undefined
  return rest[0]
}

/** The replies that are about the parameter of a name, if it is certain which parameter that is. */
const repliesAbout = (
  asked: Asked,
  candidates: ReadonlyArray<Candidate>,
  all: ReadonlyArray<Asked>,
): ReadonlyArray<Candidate> => {
  const about = candidates.filter(isOf(asked))
  if (isArn(asked.base)) return about
  // Accounts may share parameters of the same name. Those that were asked for by their ARN are not meant by the name.
  const arns = [...new Set(about.map(({ arn }) => arn))]
  const others = arns.length === 1 ? arns : arns.filter((arn) => !all.some(({ base }) => base === arn))
  const [arn, ...more] = others
  if (others.length === 0 || more.length > 0) return []
  if (arn !== undefined) return candidates.filter((candidate) => candidate.arn === arn)
  // Without an ARN, a reply does not say whose parameter it is.
  return all.some(({ base }) => isArn(base) && tailOf(base) === tailOf(asked.base)) ? [] : about
}

/** The reply that answers a name. */
const answerTo = (
  asked: Asked,
  candidates: ReadonlyArray<Candidate>,
  all: ReadonlyArray<Asked>,
): Candidate | undefined => {
  const about = repliesAbout(asked, candidates, all)
  const [first] = about
  const rivals = all.filter((other) => {
    if (!about.some(isOf(other))) return false
    const [its] = repliesAbout(other, candidates, all)
    return its === undefined || its.arn === first?.arn
  })
  // The parameter of an ARN and the one of a name may be two of different accounts, unless there is a reply for each.
  const isCertain =
    isArn(asked.base) || !rivals.some(({ base }) => isArn(base)) || about.length >= rivals.length
  if (!isCertain) return undefined
  if (asked.selector === undefined) return unselected(asked, about, rivals)
  const exact = about.filter(({ selector }) => selector === asked.selector)
  if (exact.length === 0) return unselected(asked, about, rivals)
  return new Set(exact.map(({ version }) => version)).size === 1 ? exact[0] : undefined
}

/**
 * What a batch says of each of the names that were asked for, in their order.
 *
 * @param invalid the names that the reply lists as InvalidParameters
 */
export const matchParameters = (
  names: ReadonlyArray<string>,
  parameters: ReadonlyArray<Parameter>,
  invalid: ReadonlyArray<string>,
): ReadonlyArray<Match> => {
  const refused = new Set(invalid)
  const candidates = parameters.map(candidateOf).filter((candidate) => candidate !== undefined)
  const all = [...new Set(names)].filter((name) => !refused.has(name)).map(askedOf)
  return names.map((name): Match => {
    if (refused.has(name)) return INVALID
    const answer = answerTo(askedOf(name), candidates, all)
    return answer === undefined ? ALONE : { kind: "answer", parameter: answer.parameter }
  })
}

const isSameParameter = (asked: Asked, candidate: Candidate): boolean =>
  asked.base.startsWith(SECRET_REFERENCE) ||
  isOf(asked)(candidate) ||
  candidate.bases.some((base) => isArn(base) !== isArn(asked.base) && tailOf(base) === tailOf(asked.base))

/**
 * Whether a reply to GetParameter is about another parameter, or another version, than was asked for. What it leaves
 * out contradicts nothing.
 */
export const isContradiction = (name: string, parameter: Parameter): boolean => {
  const asked = askedOf(name)
  const { ARN, Name } = parameter
  if (Name == null && ARN == null) return false
  const candidate = candidateOf(parameter)
  if (candidate === undefined) return true
  if (!isSameParameter(asked, candidate)) return true
  if (candidate.selector !== undefined) return candidate.selector !== asked.selector
  const number = versionOf(asked)
  return number !== undefined && candidate.version !== undefined && candidate.version !== number
}

/**
 * Matches the parameters in a reply of GetParameters to the requested names. A match is certain, or there is none.
 *
 * AWS replies in an order of its own. A parameter is identified by Name and ARN, its version by Selector, which repeats the
 * requested `:version` or `:label`. Some emulators of AWS leave Selector out or write it into Name. Names without a certain
 * match are fetched one by one (`parameters.ts`). Pure.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html
 */
import { isArn } from "../../arn.ts"
import { SECRET_REFERENCE } from "../address.ts"
import type { Parameter } from "./replies.ts"

/** What a batch says about a name: its parameter, that there is none, or nothing certain. */
type Match =
  | { readonly kind: "answer"; readonly parameter: Parameter }
  | { readonly kind: "invalid" }
  | { readonly kind: "alone" }

const INVALID: Match = { kind: "invalid" }
const ALONE: Match = { kind: "alone" }

/** A requested name in parts: the parameter's name or ARN, and the version or label after the colon. */
interface RequestedName {
  readonly base: string
  readonly selector: string | undefined
}

/** A parameter of the reply, with what identifies it. */
interface Candidate {
  readonly parameter: Parameter
  /** Name and ARN, as far as the reply has them. */
  readonly bases: ReadonlyArray<string>
  readonly arn: string | undefined
  readonly selector: string | undefined
  readonly version: number | undefined
}

/** A name or an ARN, then a selector. */
const NAME = /^(arn:[^:]*:[^:]*:[^:]*:[^:]*:[^:]*|[^:]*)(?::(.*))?$/s

const VERSION = /^\d+$/

/** The ARN of a parameter. For a reference to a secret, the reply has the ARN of the secret. */
const PARAMETER_ARN = /^arn:[^:]*:ssm:/

/** A name of a single level means the same with and without a leading slash. */
const normalize = (base: string): string => (base.lastIndexOf("/") === 0 ? base.slice(1) : base)

/** The parameter's name without a leading slash, from its name or its ARN. */
const nameIn = (base: string): string => base.replace(/^arn:.*?:parameter/, "").replace(/^\//, "")

const parseName = (name: string): RequestedName => {
  const [, base = name, selector] = NAME.exec(name.trim()) ?? []
  return { base: normalize(base), selector: selector === "" ? undefined : selector }
}

/** The version number in a selector, if it is one. For secrets, a selector is a stage or an id, and Version is 0. */
const selectedVersion = ({ base, selector }: RequestedName): number | undefined =>
  selector !== undefined && VERSION.test(selector) && !base.startsWith(SECRET_REFERENCE)
    ? Number(selector)
    : undefined

/** Undefined if the parts of the reply contradict one another. */
const toCandidate = (parameter: Parameter): Candidate | undefined => {
  const named = parameter.Name == null ? undefined : parseName(parameter.Name)
  const byArn =
    parameter.ARN == null || !PARAMETER_ARN.test(parameter.ARN) ? undefined : parseName(parameter.ARN)
  const given = [parameter.Selector?.replace(/^:/, "") || undefined, named?.selector, byArn?.selector]
  const selectors = new Set(given.filter((selector) => selector !== undefined))
  const [selector] = selectors
  const base = named?.base ?? byArn?.base
  if (selectors.size > 1 || base === undefined) return undefined
  const isReference = base.startsWith(SECRET_REFERENCE)
  const version = isReference ? undefined : (parameter.Version ?? undefined)
  const number = selectedVersion({ base, selector })
  if (number !== undefined && version !== undefined && number !== version) return undefined
  const bases = [named?.base, byArn?.base].filter((each) => each !== undefined)
  return { parameter, bases, arn: byArn?.base, selector, version }
}

const isAbout =
  ({ base }: RequestedName) =>
  ({ bases }: Candidate): boolean =>
    bases.includes(base)

/** The version that all candidates share. */
const commonVersion = (candidates: ReadonlyArray<Candidate>): number | undefined => {
  const versions = new Set(candidates.map(({ version }) => version))
  const [version] = versions
  return versions.size === 1 ? version : undefined
}

/** Removes up to `times` candidates of a version. */
const removeVersion = (candidates: ReadonlyArray<Candidate>, version: number, times: number) => {
  const first = new Set(candidates.filter((candidate) => candidate.version === version).slice(0, times))
  return candidates.filter((candidate) => !first.has(candidate))
}

/** How many names or candidates have each selector. */
const countBySelector = (
  all: ReadonlyArray<Pick<Candidate, "selector">>,
): ReadonlyMap<string | undefined, number> => {
  const counts = new Map<string | undefined, number>()
  for (const { selector } of all) counts.set(selector, (counts.get(selector) ?? 0) + 1)
  return counts
}

/**
 * The candidate without a selector that answers a name. A name with a version number takes the candidate of that Version.
 * The rest belongs to the other names; a match is certain if the rest is all of one version and enough for all of them.
 *
 * @param about the candidates of the parameter
 * @param rivals the names that these candidates may answer, this one included
 */
const matchWithoutSelector = (
  requested: RequestedName,
  about: ReadonlyArray<Candidate>,
  rivals: ReadonlyArray<RequestedName>,
): Candidate | undefined => {
  const open = about.filter(({ selector }) => selector === undefined)
  const number = selectedVersion(requested)
  if (number !== undefined) {
    const exact = open.find(({ version }) => version === number)
    if (exact !== undefined) return exact
  }
  const [only] = open
  const answered = countBySelector(about)
  /** How many names of each selector have no candidate with that selector. */
  const claims = Array.from(countBySelector(rivals), ([selector, count]) => ({
    selector,
    count: selector === undefined ? count : Math.max(0, count - (answered.get(selector) ?? 0)),
    number: selectedVersion({ base: requested.base, selector }),
  }))
  if (open.some(({ version }) => version === undefined)) {
    const claiming = claims.filter(({ count }) => count > 0)
    return claiming.length === 1 && open.length <= (claiming[0]?.count ?? 0) ? only : undefined
  }
  if (number !== undefined) return undefined
  const rest = claims.reduce(
    (left, claim) => (claim.number === undefined ? left : removeVersion(left, claim.number, claim.count)),
    open,
  )
  const others = claims.filter((claim) => claim.number === undefined && claim.count > 0)
  const wanted = others.reduce((sum, { count }) => sum + count, 0)
  const isOneKind = others.length === 1
  if (commonVersion(rest) === undefined || (!isOneKind && rest.length < wanted)) return undefined
  return rest[0]
}

/** The candidates of a name's parameter, if it is certain which parameter that is. */
const candidatesAbout = (
  requested: RequestedName,
  candidates: ReadonlyArray<Candidate>,
  all: ReadonlyArray<RequestedName>,
): ReadonlyArray<Candidate> => {
  const about = candidates.filter(isAbout(requested))
  if (isArn(requested.base)) return about
  // Other accounts may share parameters of the same name. Those that were requested by ARN are not meant by the name.
  const arns = [...new Set(about.map(({ arn }) => arn))]
  const others = arns.length === 1 ? arns : arns.filter((arn) => !all.some(({ base }) => base === arn))
  const [arn, ...more] = others
  if (others.length === 0 || more.length > 0) return []
  if (arn !== undefined) return candidates.filter((candidate) => candidate.arn === arn)
  // Without an ARN, the account of a parameter is unknown.
  return all.some(({ base }) => isArn(base) && nameIn(base) === nameIn(requested.base)) ? [] : about
}

/** The candidate that answers a name, if it is certain. */
const answerTo = (
  requested: RequestedName,
  candidates: ReadonlyArray<Candidate>,
  all: ReadonlyArray<RequestedName>,
): Candidate | undefined => {
  const about = candidatesAbout(requested, candidates, all)
  const [first] = about
  const rivals = all.filter((other) => {
    if (!about.some(isAbout(other))) return false
    const [its] = candidatesAbout(other, candidates, all)
    return its === undefined || its.arn === first?.arn
  })
  // A name and an ARN may mean parameters of two accounts, unless there is a candidate for each.
  const isCertain =
    isArn(requested.base) || !rivals.some(({ base }) => isArn(base)) || about.length >= rivals.length
  if (!isCertain) return undefined
  if (requested.selector === undefined) return matchWithoutSelector(requested, about, rivals)
  const exact = about.filter(({ selector }) => selector === requested.selector)
  if (exact.length === 0) return matchWithoutSelector(requested, about, rivals)
  return new Set(exact.map(({ version }) => version)).size === 1 ? exact[0] : undefined
}

/**
 * What a batch says about each requested name, in their order.
 *
 * @param invalid the InvalidParameters of the reply
 */
export const matchParameters = (
  names: ReadonlyArray<string>,
  parameters: ReadonlyArray<Parameter>,
  invalid: ReadonlyArray<string>,
): ReadonlyArray<Match> => {
  const refused = new Set(invalid)
  const candidates = parameters.map(toCandidate).filter((candidate) => candidate !== undefined)
  const all = [...new Set(names)].filter((name) => !refused.has(name)).map(parseName)
  return names.map((name): Match => {
    if (refused.has(name)) return INVALID
    const answer = answerTo(parseName(name), candidates, all)
    return answer === undefined ? ALONE : { kind: "answer", parameter: answer.parameter }
  })
}

const isSameParameter = (requested: RequestedName, candidate: Candidate): boolean =>
  requested.base.startsWith(SECRET_REFERENCE) ||
  isAbout(requested)(candidate) ||
  candidate.bases.some(
    (base) => isArn(base) !== isArn(requested.base) && nameIn(base) === nameIn(requested.base),
  )

/** Whether a reply of GetParameter is about another parameter or version than requested. Missing members contradict nothing. */
export const isContradiction = (name: string, parameter: Parameter): boolean => {
  const requested = parseName(name)
  const { ARN, Name } = parameter
  if (Name == null && ARN == null) return false
  const candidate = toCandidate(parameter)
  if (candidate === undefined) return true
  if (!isSameParameter(requested, candidate)) return true
  if (candidate.selector !== undefined) return candidate.selector !== requested.selector
  const number = selectedVersion(requested)
  return number !== undefined && candidate.version !== undefined && candidate.version !== number
}

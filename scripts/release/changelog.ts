// CHANGELOG.md as data: its versions in the format of Keep a Changelog 1.1.0, with what breaks that format, and the notes of a
// version. Pure. `release.ts` and the tests use it.

/** The kinds of changes: https://keepachangelog.com/en/1.1.0/ */
export const KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"] as const

/** Semantic Versioning 2.0.0: https://semver.org */
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/

export const UNRELEASED = "Unreleased"

export interface Release {
  /** `1.2.3`, or `Unreleased`. */
  readonly version: string
  /** As in ISO 8601; undefined for what is not released. */
  readonly date: string | undefined
  /** What stands below the heading, without blank lines around it. */
  readonly notes: string
}

const HEADING = /^## \[([^\]]+)\](?: - (\S+))?$/

/** The versions, from the top of the file. */
export const releasesIn = (changelog: string): ReadonlyArray<Release> =>
  changelog
    .split(/^(?=## )/m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n")
      const [, version = heading, date] = HEADING.exec(heading) ?? []
      return { version, date, notes: lines.join("\n").trim() }
    })

/**
 * The notes with absolute links: GitHub shows them on the page of the release, where a link relative to CHANGELOG.md leads nowhere.
 *
 * @param files the address under which the files of the release are, with a slash at its end
 */
export const withAbsoluteLinks = (notes: string, files: string): string =>
  notes.replaceAll(/\]\((?![a-z][a-z0-9+.-]*:)([^)\s]+)\)/gi, (_, target: string) =>
    target.startsWith("#") ? `](${files}CHANGELOG.md${target})` : `](${files}${target})`,
  )

/** The page of a repository on the web, from its URL in git; undefined if it has none, such as a folder. */
export const pageOfRemote = (remote: string): string | undefined => {
  const [, host, repository] =
    /^(?:https?:\/\/(?:[^@/]+@)?|ssh:\/\/git@|git@)([^/:]+)[/:](.+?)(?:\.git)?\/?$/.exec(remote) ?? []
  return host === undefined ? undefined : `https://${host}/${repository}`
}

/** The numbers of a version; undefined if it is none. */
const numbersOf = (version: string): ReadonlyArray<number> | undefined =>
  VERSION.exec(version)?.slice(1, 4).map(Number)

/** Whether a version comes after another by its three numbers. */
export const isNewer = (version: string, than: string): boolean => {
  const [mine = [], other = []] = [numbersOf(version), numbersOf(than)]
  const at = mine.findIndex((number, index) => number !== other[index])
  return at !== -1 && (mine[at] ?? 0) > (other[at] ?? 0)
}

const headingFaults = ({ date, version }: Release, index: number): ReadonlyArray<string> => {
  if (version === UNRELEASED)
    return index === 0 ? [] : [`[${UNRELEASED}] stands below a release; allowed: at the top`]
  if (numbersOf(version) === undefined)
    return [`found the heading ${JSON.stringify(version)}; allowed: ## [1.2.3] - 2026-01-31`]
  return /^\d{4}-\d{2}-\d{2}$/.test(date ?? "")
    ? []
    : [`${version} has the date ${date ?? "nothing"}; allowed: one such as 2026-01-31`]
}

const noteFaults = ({ notes, version }: Release): ReadonlyArray<string> => {
  const kinds = Array.from(notes.matchAll(/^### (.*)$/gm), ([, kind = ""]) => kind)
  const unknown = kinds.filter((kind) => !KINDS.some((known) => known === kind))
  return [
    ...unknown.map((kind) => `${version} has the heading ${kind}; allowed: ${KINDS.join(", ")}`),
    ...(version !== UNRELEASED && kinds.length === 0 ? [`${version} says nothing`] : []),
  ]
}

/** What breaks the format; empty if nothing does. */
export const changelogFaults = (releases: ReadonlyArray<Release>): ReadonlyArray<string> => {
  const versions = releases.map(({ version }) => version).filter((version) => version !== UNRELEASED)
  return [
    ...releases.flatMap((release, index) => [...headingFaults(release, index), ...noteFaults(release)]),
    ...versions.flatMap((version, index) => {
      const newer = versions[index - 1]
      return newer === undefined || isNewer(newer, version)
        ? []
        : [`${version} stands below ${newer}; allowed: the newest first`]
    }),
  ]
}

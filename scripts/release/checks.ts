// What must hold before a version is released: every place that names the version has the same one, the changelog has its
// notes, and the tag is new. Pure; `release.ts` reads the files and asks git.
import { changelogFaults, isNewer, type Release, UNRELEASED } from "./changelog.ts"

export interface State {
  /** Of package.json, which all others are compared with. */
  readonly version: string
  /** The other places that name the version, by what they are called. */
  readonly places: Readonly<Record<string, string | undefined>>
  readonly releases: ReadonlyArray<Release>
  /** The tag to release: given, or that of the commit. */
  readonly tag: string | undefined
  /** All tags of the repository. */
  readonly tags: ReadonlyArray<string>
  /** What git status shows. */
  readonly uncommitted: ReadonlyArray<string>
}

/** The tag of a version. */
export const tagOf = (version: string): string => `v${version}`

/** Whether the places that name the version agree, and the changelog has it on top; empty if so. */
export const versionFaults = ({
  places,
  releases,
  version,
}: Pick<State, "version" | "places" | "releases">): ReadonlyArray<string> => {
  const newest = releases.find((release) => release.version !== UNRELEASED)
  return [
    ...Object.entries(places)
      .filter(([, found]) => found !== version)
      .map(
        ([place, found]) => `${place} says ${found ?? "nothing"}; allowed: ${version}, as in package.json`,
      ),
    ...(newest?.version === version
      ? []
      : [`CHANGELOG.md has ${newest?.version ?? "nothing"} on top; allowed: ${version}`]),
    ...changelogFaults(releases).map((fault) => `CHANGELOG.md: ${fault}`),
  ]
}

const tagFaults = ({ tag, tags, version }: State): ReadonlyArray<string> => {
  const wanted = tagOf(version)
  const older = tags.filter((other) => other !== wanted && /^v\d/.test(other))
  return [
    ...(tag === wanted ? [] : [`the commit has the tag ${tag ?? "(none)"}; allowed: ${wanted}`]),
    ...older
      .filter((other) => !isNewer(version, other.slice(1)))
      .map((other) => `${version} is not newer than the tag ${other}`),
  ]
}

/** Why the version must not be released from this commit; empty if it may. */
export const releaseFaults = (state: State): ReadonlyArray<string> => {
  const unreleased = state.releases.find(({ version }) => version === UNRELEASED)?.notes ?? ""
  return [
    ...versionFaults(state),
    ...tagFaults(state),
    ...(unreleased === ""
      ? []
      : [`CHANGELOG.md has notes under [${UNRELEASED}]; move them to ${state.version}`]),
    ...state.uncommitted.map((line) => `not committed: ${line.trim()}`),
  ]
}

/**
 * CHANGELOG.md and the version: the format of the file, the places that name the version, and when `npm run release` refuses
 * (scripts/release). `workflows.test.ts` is about the workflow that runs it.
 */
import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import {
  changelogFaults,
  isNewer,
  pageOfRemote,
  releasesIn,
  withAbsoluteLinks,
} from "../../scripts/release/changelog.ts"
import { repositoryPage } from "../../scripts/release/repositoryPage.ts"
import { releaseFaults, type State, tagOf, versionFaults } from "../../scripts/release/checks.ts"
import { manifestOf, rootManifest } from "../../scripts/package.ts"
import { checksumsOf, filesOf, readState } from "../../scripts/release.ts"
import { linksOf, textOf } from "../docs/markdown.ts"

const NOTES = "### Added\n\n- Something."
const changelog = (...sections: ReadonlyArray<string>) => `# Changelog\n\n${sections.join("\n\n")}\n`
const faultsOf = (...sections: ReadonlyArray<string>) => changelogFaults(releasesIn(changelog(...sections)))

describe("CHANGELOG.md", () => {
  it("has the format of Keep a Changelog", () => {
    assert.deepStrictEqual(changelogFaults(releasesIn(textOf("CHANGELOG.md"))), [])
  })
})

describe("the version", () => {
  const state = readState()

  it("is the same in package.json, package-lock.json, the program, the OpenAPI document and on top of CHANGELOG.md", () => {
    assert.deepStrictEqual(versionFaults(state), [])
  })

  it("is no older than any tag", () => {
    const versions = state.tags.filter((tag) => /^v\d/.test(tag)).map((tag) => tag.slice(1))
    assert.deepStrictEqual(
      versions.filter((tagged) => isNewer(tagged, state.version)),
      [],
    )
  })
})

describe("the notes of a release", () => {
  const FILES = "https://github.com/o/r/blob/v1.2.3/"

  it("link to the files of the release wherever they are shown", () => {
    const written = "[a](docs/a.md#b), [c](#d), [e](https://e.org/f_(g)), [h](mailto:h@e.org)"
    const expected = `[a](${FILES}docs/a.md#b), [c](${FILES}CHANGELOG.md#d), [e](https://e.org/f_(g)), [h](mailto:h@e.org)`
    assert.strictEqual(withAbsoluteLinks(written, FILES), expected)
  })

  it("have no relative link left", () => {
    const all = releasesIn(textOf("CHANGELOG.md")).map(({ notes }) => notes)
    assert.isAtLeast(all.flatMap(linksOf).length, 1)
    assert.deepStrictEqual(all.map((notes) => withAbsoluteLinks(notes, FILES)).flatMap(linksOf), [])
  })

  it.each([
    ["https://github.com/o/r.git", "https://github.com/o/r"],
    ["https://user:secret@github.com/o/r", "https://github.com/o/r"],
    ["git@github.com:o/r.git", "https://github.com/o/r"],
    ["ssh://git@git.example.org/o/r.git", "https://git.example.org/o/r"],
    ["/srv/git/r.git", undefined],
    ["", undefined],
  ])("know the page of the remote %j", (remote, page) => {
    assert.strictEqual(pageOfRemote(remote), page)
  })

  it("is that of the workflow, else of the remote, and the package names it for npm's provenance", () => {
    const remote = () => "git@git.example.org:fork/extension.git"
    const workflow = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "shop/extension" }
    assert.strictEqual(repositoryPage(workflow, remote), "https://github.com/shop/extension")
    assert.strictEqual(repositoryPage({}, remote), "https://git.example.org/fork/extension")
    assert.isUndefined(repositoryPage({}, () => "/srv/git/extension"))
    const { repository } = manifestOf(rootManifest(), repositoryPage(workflow, remote))
    assert.deepStrictEqual(repository, { type: "git", url: "git+https://github.com/shop/extension.git" })
    assert.notProperty(manifestOf(rootManifest()), "repository")
  })
})

describe("a changelog", () => {
  it("is read as its versions with their notes, the newest first", () => {
    assert.deepStrictEqual(
      releasesIn(
        changelog(
          "## [Unreleased]",
          `## [1.1.0] - 2026-02-01\n\n${NOTES}`,
          `## [1.0.0] - 2026-01-31\n\n${NOTES}`,
        ),
      ),
      [
        { version: "Unreleased", date: undefined, notes: "" },
        { version: "1.1.0", date: "2026-02-01", notes: NOTES },
        { version: "1.0.0", date: "2026-01-31", notes: NOTES },
      ],
    )
  })

  it.each([
    ["a heading that is no version", [`## Version 1\n\n${NOTES}`], 'found the heading "## Version 1"'],
    ["a release without a date", [`## [1.0.0]\n\n${NOTES}`], "1.0.0 has the date nothing"],
    ["an unknown kind of change", ["## [1.0.0] - 2026-01-31\n\n### News"], "1.0.0 has the heading News"],
    ["a release that says nothing", ["## [1.0.0] - 2026-01-31"], "1.0.0 says nothing"],
    [
      "an older version on top",
      [`## [1.0.0] - 2026-01-31\n\n${NOTES}`, `## [1.1.0] - 2026-02-01\n\n${NOTES}`],
      "1.1.0 stands below 1.0.0",
    ],
    [
      "unreleased changes below a release",
      [`## [1.0.0] - 2026-01-31\n\n${NOTES}`, "## [Unreleased]"],
      "[Unreleased] stands below a release",
    ],
  ])("is refused for %s, with what is allowed", (_, sections, message) => {
    const [fault = "", ...more] = faultsOf(...sections)
    assert.deepStrictEqual(more, [])
    assert.include(fault, message)
  })
})

describe("npm run release", () => {
  const good: State = {
    version: "1.2.0",
    places: { "package-lock.json": "1.2.0" },
    releases: releasesIn(changelog("## [Unreleased]", `## [1.2.0] - 2026-02-01\n\n${NOTES}`)),
    tag: "v1.2.0",
    tags: ["v1.1.9", "v1.2.0", "another"],
    uncommitted: [],
  }

  it("accepts a tagged commit whose versions agree", () => {
    assert.deepStrictEqual(releaseFaults(good), [])
  })

  it.each<readonly [string, Partial<State>, string]>([
    [
      "another version elsewhere",
      { places: { "package-lock.json": "1.1.9" } },
      "package-lock.json says 1.1.9; allowed: 1.2.0",
    ],
    ["no tag", { tag: undefined }, "the commit has the tag (none); allowed: v1.2.0"],
    ["a newer tag", { tags: ["v1.10.0"] }, "1.2.0 is not newer than the tag v1.10.0"],
    ["uncommitted changes", { uncommitted: [" M README.md"] }, "not committed: M README.md"],
    [
      "notes that are not assigned",
      {
        releases: releasesIn(changelog(`## [Unreleased]\n\n${NOTES}`, `## [1.2.0] - 2026-02-01\n\n${NOTES}`)),
      },
      "under [Unreleased]; move them to 1.2.0",
    ],
    [
      "a changelog without it",
      { releases: releasesIn(changelog(`## [1.1.9] - 2026-01-31\n\n${NOTES}`)) },
      "CHANGELOG.md has 1.1.9 on top; allowed: 1.2.0",
    ],
  ])("refuses a release with %s", (_, change, message) => {
    const [fault = "", ...more] = releaseFaults({ ...good, ...change })
    assert.deepStrictEqual(more, [])
    assert.include(fault, message)
  })

  it("writes checksums that sha256sum reads, for the layers, their bills of materials and the package", () => {
    const names = filesOf("1.2.0")
    assert.includeMembers(
      [...names],
      ["cache-extension-arm64.zip", "cache-extension-node.cdx.json", "lambda-cache-extension-1.2.0.tgz"],
    )
    const content = Buffer.from("x")
    const lines = checksumsOf(names.map((name) => ({ name, content })))
      .trimEnd()
      .split("\n")
    const digest = createHash("sha256").update(content).digest("hex")
    assert.deepStrictEqual(
      lines,
      names.toSorted().map((name) => `${digest}  ${name}`),
    )
  })

  it("tags a version as v1.2.0", () => {
    assert.strictEqual(tagOf("1.2.0"), "v1.2.0")
  })
})

// The page of the project's repository on the web. The project names none of its own, because forks release too: GitHub Actions
// says where a release is made, elsewhere the remote of the clone does.
import { spawnSync } from "node:child_process"
import process from "node:process"
import { ROOT } from "../bundle.ts"
import { pageOfRemote } from "./changelog.ts"

const remoteOrigin = (): string =>
  spawnSync("git", ["remote", "get-url", "origin"], { cwd: ROOT, encoding: "utf8" }).stdout.trim()

/** The page, without a slash at its end; undefined where there is neither GitHub Actions nor a remote on the web. */
export const repositoryPage = (
  env: Readonly<Record<string, string | undefined>> = process.env,
  remote: () => string = remoteOrigin,
): string | undefined => {
  const { GITHUB_REPOSITORY, GITHUB_SERVER_URL = "https://github.com" } = env
  return GITHUB_REPOSITORY === undefined
    ? pageOfRemote(remote())
    : `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
}

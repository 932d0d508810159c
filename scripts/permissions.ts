// The table of permissions in docs/deploy.md, from what each kind says of its calls (`permissions` in its contract.ts).
import { KINDS, kinds } from "../src/kinds/kinds.ts"

const HEAD = "| in config.yaml | actions | on |\n|---|---|---|\n"

/** What any kind may need. */
const OTHERS = [
  [
    "`role_arn`",
    "`sts:AssumeRole`",
    "that role. Its trust policy must name the function's role. It needs the permissions for what the section lists; the function's role does not",
  ],
  ["a SecureString, or a secret, under a key of your own", "`kms:Decrypt`", "the key"],
]

const TABLE = /^\| in config\.yaml \| actions \| on \|\n(?:\|.*\n)+/m

/** A document with the table as it must be. */
export const withPermissions = async (text: string): Promise<string> => {
  const contracts = await Promise.all(KINDS.map((kind) => kinds[kind].contract()))
  const ofKinds = contracts.flatMap(({ contract }) =>
    contract.permissions.map(({ actions, listed, on }) => [listed, actions, on]),
  )
  const rows = [...ofKinds, ...OTHERS].map((cells) => `| ${cells.join(" | ")} |\n`)
  return text.replace(TABLE, () => HEAD + rows.join(""))
}

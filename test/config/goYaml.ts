/**
 * Go's YAML parser, by which the original read its file, beside ours: a Go program over gopkg.in/yaml.v2 and v3, and spellings of
 * config.yaml to ask both about. Nothing is downloaded: the modules are in Go's module cache, or there is nobody to ask.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import process from "node:process"
import { Result } from "effect"
import { parseYaml } from "../../src/config/yaml/parseYaml.ts"

const GO_MOD = `module differential

go 1.21

require (
	gopkg.in/yaml.v2 v2.4.0
	gopkg.in/yaml.v3 v3.0.1
)
`

const GO_PROGRAM = `package main

import (
	"encoding/json"
	"os"

	v2 "gopkg.in/yaml.v2"
	v3 "gopkg.in/yaml.v3"
)

type parameters struct {
	Region string
	Names  []string
}

type item struct {
	Table        string
	Hashkey      string
	Hashkeytype  string
	Hashkeyvalue string
}

type config struct {
	Parameters []parameters
	Dynamodb   []item
}

type answer struct {
	V2, V3 *config
}

func main() {
	var inputs []string
	if err := json.NewDecoder(os.Stdin).Decode(&inputs); err != nil {
		panic(err)
	}
	answers := make([]answer, len(inputs))
	for i, input := range inputs {
		var two, three config
		if v2.Unmarshal([]byte(input), &two) == nil {
			answers[i].V2 = &two
		}
		if v3.Unmarshal([]byte(input), &three) == nil {
			answers[i].V3 = &three
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
`

/** What a parser makes of a text, as JSON; undefined where it refuses it. */
export type Reading = string | undefined

export interface GoReadings {
  readonly v2: Reading
  readonly v3: Reading
}

const OFFLINE = { GOFLAGS: "-mod=mod", GOPROXY: "off", GOSUMDB: "off", GOTOOLCHAIN: "local", GOWORK: "off" }

const runGo = (folder: string, args: ReadonlyArray<string>, input = "") =>
  spawnSync("go", args, {
    cwd: folder,
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...OFFLINE },
  })

const inModule = <A>(use: (folder: string) => A): A => {
  const folder = mkdtempSync(path.join(tmpdir(), "go-yaml-"))
  writeFileSync(path.join(folder, "go.mod"), GO_MOD)
  writeFileSync(path.join(folder, "main.go"), GO_PROGRAM)
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Whether there is Go, and both modules in its cache: `go mod download gopkg.in/yaml.v2@v2.4.0 gopkg.in/yaml.v3@v3.0.1`. */
export const hasGoYaml = (): boolean =>
  inModule((folder) => runGo(folder, ["list", "-deps", "."]).status === 0)

/** In one form for all: what is empty is left out. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (part === null || part === "" ? undefined : part))

interface GoConfig {
  readonly Parameters: ReadonlyArray<Record<string, unknown>> | null
  readonly Dynamodb: ReadonlyArray<Record<string, unknown>> | null
}

const lowerCased = (items: ReadonlyArray<Record<string, unknown>> | null) =>
  (items ?? []).map((item) =>
    Object.fromEntries(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value])),
  )

const goReading = (config: GoConfig | null): Reading =>
  config === null ? undefined : canonical([lowerCased(config.Parameters), lowerCased(config.Dynamodb)])

/** What Go makes of texts. */
export const askGo = (texts: ReadonlyArray<string>): ReadonlyArray<GoReadings> =>
  inModule((folder) => {
    const { stdout, stderr, status } = runGo(folder, ["run", "."], JSON.stringify(texts))
    if (status !== 0) throw new Error(stderr)
    const answers = JSON.parse(stdout) as ReadonlyArray<{ V2: GoConfig | null; V3: GoConfig | null }>
    return answers.map(({ V2, V3 }) => ({ v2: goReading(V2), v3: goReading(V3) }))
  })

const pick = (value: unknown, keys: ReadonlyArray<string>): ReadonlyArray<Record<string, unknown>> =>
  (Array.isArray(value) ? value : []).map((item: Record<string, unknown> | null) =>
    Object.fromEntries(keys.map((key) => [key, item?.[key] ?? null])),
  )

/** What we make of a text, in the same form. */
export const ourReading = (text: string): Reading =>
  Result.match(parseYaml(text), {
    onFailure: () => undefined,
    onSuccess: ({ value }) => {
      const file = value as Record<string, unknown> | null
      return canonical([
        pick(file?.["parameters"], ["region", "names"]),
        pick(file?.["dynamodb"], ["table", "hashkey", "hashkeytype", "hashkeyvalue"]),
      ])
    },
  })

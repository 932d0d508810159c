/**
 * `completions`: prints a script that completes commands and options in a shell.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Console from "effect/Console"

const shell = Argument.Literals("shell", ["bash", "zsh", "fish", "powershell"]).pipe(
  Argument.withDescription("bash, zsh, fish or powershell"),
)

/** Effect's script says in a comment how to install it, by a flag that this program has as a command. */
const scriptOf = (program: Command.Command.Any, shell: Completions.Shell): string =>
  Completions.generate(program.name, shell, Completions.fromCommand(program)).replaceAll(
    "--completions",
    "completions",
  )

/** The command, for the program that it belongs to. */
export const completions = (program: () => Command.Command.Any) =>
  Command.make("completions", { shell }, ({ shell }) => Console.log(scriptOf(program(), shell))).pipe(
    Command.withDescription("Prints a script that completes commands and options in your shell"),
    Command.withExamples([
      { command: "source <(lambda-cache-extension completions bash)", description: "For this bash session" },
      {
        command:
          "lambda-cache-extension completions fish > ~/.config/fish/completions/lambda-cache-extension.fish",
        description: "For every fish session",
      },
    ]),
  )

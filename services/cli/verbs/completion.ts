/** `fastgpu completion`: a script that lets a shell complete verbs, flags, and the numbers of jobs and names of nodes that there are. */
import type { Command } from 'commander'
import { common, example } from '../command.ts'
import { misused } from '../quit.ts'
import { verbs } from '../verbs.ts'

const SHELLS = ['bash', 'zsh']

export const define = (command: Command): void => {
  command.argument('<shell>', SHELLS.join(' or '))
  common(command)
  example(command, 'source <(fastgpu completion bash)', 'source <(fastgpu completion zsh)')
  command.action((shell: string) => {
    if (!SHELLS.includes(shell)) throw misused(`there is no completion for "${shell}"`, `There is one for ${SHELLS.join(' and ')}.`)
    process.stdout.write(`${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}${script()}`)
  })
}

/** Flags are read from the verb's help, so that they are never others than those that it has. */
const script = (): string => `_fastgpu() {
  local word="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" = 1 ]; then
    words="${Object.keys(verbs).join(' ')}"
  elif [ "\${word#-}" != "$word" ]; then
    words="$(fastgpu "$verb" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"
  else
    case "$verb" in
      job|logs|cancel|explain) words="$(fastgpu jobs -o id -q 2>/dev/null)" ;;
      node|nodes|cordon|uncordon|drain) words="$(fastgpu nodes -o id -q 2>/dev/null)" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _fastgpu fastgpu
`

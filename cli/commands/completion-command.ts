// `completion`: the script by which a shell asks txlab what can stand where the cursor is.

import { nearest } from '../../scenarios/language/nearest.ts';
import { Usage } from '../usage.ts';
import type { Command } from './command.ts';

/** What a shell types to ask, before the words of the line up to the cursor. */
export const ASK = '__complete';

export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

export const COMPLETION: Command = {
  words: 'completion <shell>',
  describe: 'Print the script that completes commands, sentences and names: for bash, zsh or fish',
  positionals: { shell: { type: 'string', demandOption: true, describe: 'bash, zsh or fish' } },
  examples: [
    ['completion bash', 'in ~/.bashrc: source <(txlab completion bash)'],
    ['completion zsh', 'in ~/.zshrc, behind compinit: source <(txlab completion zsh)'],
    ['completion fish', 'once: txlab completion fish > ~/.config/fish/completions/txlab.fish'],
  ],
  act: (given, { stdout }) => {
    const shell = String(given['shell']);
    const script = SCRIPTS.get(shell);
    if (script === undefined) {
      const near = nearest(shell, SHELLS);
      const meant = near ? `; did you mean ${near}?` : '.';
      throw new Usage(`There is no completion for '${shell}'${meant}\nThere is one for: ${SHELLS.join(', ')}.`);
    }
    stdout.write(script);
    return 0;
  },
};

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  [
    'bash',
    `_txlab() {
  local line="\${COMP_LINE:0:COMP_POINT}" breaks= current before words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current="\${words[\${#words[@]}-1]}"
  local IFS=$'\\n'
  COMPREPLY=($("\${words[0]}" ${ASK} "\${words[@]:1}" 2>/dev/null))
  # Bash takes a colon or an equals sign for the end of a word, and puts in only what stands behind it.
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    before="\${current%"\${current##*[$breaks]}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
  case \${COMPREPLY[0]-} in *=) compopt -o nospace ;; esac
}
complete -o default -F _txlab txlab ./txlab
`,
  ],
  [
    'zsh',
    `#compdef txlab
_txlab() {
  local -a found
  found=(\${(f)"$("\${words[1]}" ${ASK} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( ! $#found )); then _files; return; fi
  # Behind vote= comes its value, and no blank.
  compadd -S '' -- "\${(@M)found:#*=}"
  compadd -- "\${(@)found:#*=}"
}
compdef _txlab txlab ./txlab
`,
  ],
  [
    'fish',
    `function __txlab_complete
  set -l line (commandline -opc) (commandline -ct)
  $line[1] ${ASK} $line[2..-1] 2>/dev/null
end
complete -c txlab -a '(__txlab_complete)'
`,
  ],
]);

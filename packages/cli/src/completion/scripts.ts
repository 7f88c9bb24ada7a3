// The scripts that tell a shell to ask `assay __complete` at each press of the tab key.

/** Bash parts words at `=` and `:`; the words are put together again, and what bash has already is cut off each candidate. */
const BASH = `# bash completion of assay
_assay() {
  local rest="\${COMP_LINE:0:COMP_POINT}" words=() word trimmed i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    trimmed="\${rest#"\${rest%%[![:space:]]*}"}"
    word="\${COMP_WORDS[i]}"
    ((i < COMP_CWORD)) || word="$trimmed"
    if [[ $i -eq 0 || $trimmed != "$rest" ]]; then words+=("$word"); else words[\${#words[@]}-1]+="$word"; fi
    rest="\${trimmed#"$word"}"
  done
  local current="\${words[\${#words[@]}-1]}" have="" line value
  if [[ $current == *[=:]* && \${COMP_WORDBREAKS} == *[=:]* ]]; then
    have="\${current%"\${current##*[=:]}"}"
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "\${current#"$have"}")
        ;;
      :nospace) compopt -o nospace 2>/dev/null ;;
      *)
        value="\${line%%$'\\t'*}"
        COMPREPLY+=("\${value#"$have"}")
        ;;
    esac
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _assay assay
`;

const ZSH = `#compdef assay
# zsh completion of assay
_assay() {
  local line value description space=0 files=0
  local -a values shown
  while IFS= read -r line; do
    case $line in
      :files) files=1 ;;
      :nospace) space=1 ;;
      *)
        value=\${line%%$'\\t'*}
        description=\${line#*$'\\t'}
        values+=("$value")
        if [[ -n $description ]]; then shown+=("$value  -- $description"); else shown+=("$value"); fi
        ;;
    esac
  done < <("\${words[1]}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  if (( \${#values} )); then
    if (( space )); then compadd -l -S '' -d shown -a values; else compadd -l -d shown -a values; fi
  fi
  if (( files )); then _files; fi
}
if [[ \${funcstack[1]} == _assay ]]; then _assay "$@"; else compdef _assay assay; fi
`;

const FISH = `# fish completion of assay
function __assay_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete -- $words[2..] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :nospace
            case '*'
                echo $line
        end
    end
end
complete -c assay -f -a '(__assay_complete)'
`;

/** Windows PowerShell and PowerShell before 7.3 do not pass empty words, hence --new-word. */
const POWERSHELL = `# PowerShell completion of assay
Register-ArgumentCompleter -Native -CommandName assay -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0].Extent.Text
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text } })
    $flags = @()
    if ($wordToComplete -eq '') { $flags += '--new-word' }
    & $program __complete @flags '--' @words 2>$null | ForEach-Object {
        $value, $description = $_ -split "\`t", 2
        if ($value -eq ':files') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
        } elseif ($value -ne ':nospace') {
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    }
}
`;

export const COMPLETION_SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL } as const;
export type Shell = keyof typeof COMPLETION_SCRIPTS;

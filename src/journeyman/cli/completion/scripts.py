"""Completion scripts for five shells, made from the tree of commands.

Each finds out in which command the line is by walking its words, and then offers that command's own words,
options, and values of the last option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from textwrap import indent

from journeyman.cli.completion.tree import Flag, Node

PROGRAMS = ("jm", "journeyman")


def bash(root: Node) -> str:
    """For ~/.local/share/bash-completion/completions/jm, or to be evaluated."""
    values = [
        f"{_bash_case(node, flag)}) {_bash_values(flag)}; return ;;"
        for node, flag in _value_flags(root)
    ]
    words = [
        f'"{node.words}") words="{" ".join(_words(node))}" ;;'
        for node in root.walk()
        if _words(node)
    ]
    return f"""\
_jm() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" prev="${{COMP_WORDS[COMP_CWORD-1]}}" where=jm words= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$where ${{COMP_WORDS[i]}}" in
            {_alternatives(root)}) where="$where ${{COMP_WORDS[i]}}" ;;
        esac
    done
    case "$where $prev" in
{_lines(values, 8)}
    esac
    case "$where" in
{_lines(words, 8)}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o bashdefault -o default -F _jm {" ".join(PROGRAMS)}
"""


def _bash_case(node: Node, flag: Flag) -> str:
    return "|".join(f'"{node.words} {name}"' for name in flag.names)


def _bash_values(flag: Flag) -> str:
    if flag.values:
        return f'COMPREPLY=($(compgen -W "{" ".join(flag.values)}" -- "$cur"))'
    return "compopt -o filenames; " + (
        'COMPREPLY=($(compgen -d -- "$cur"))'
        if flag.folders
        else 'COMPREPLY=($(compgen -f -- "$cur"))'
    )


def zsh(root: Node) -> str:
    """For a file `_jm` in a folder of `fpath`, or to be evaluated after compinit."""
    values = [
        f"{_bash_case(node, flag)}) {_zsh_values(flag)}; return ;;"
        for node, flag in _value_flags(root)
    ]
    entries = [
        f'"{node.words}") entries=({" ".join(_zsh_entry(*pair) for pair in _described(node))}) ;;'
        for node in root.walk()
        if _words(node)
    ]
    return f"""\
#compdef {" ".join(PROGRAMS)}
_jm() {{
    local where=jm i
    local -a entries
    for ((i = 2; i < CURRENT; i++)); do
        case "$where ${{words[i]}}" in
            {_alternatives(root)}) where="$where ${{words[i]}}" ;;
        esac
    done
    case "$where ${{words[CURRENT-1]}}" in
{_lines(values, 8)}
    esac
    case "$where" in
{_lines(entries, 8)}
    esac
    if [[ $PREFIX = -* ]]; then entries=(${{(M)entries:#-*}}); else entries=(${{entries:#-*}}); fi
    (( $#entries )) && _describe 'jm' entries || _files
}}
if [ "$funcstack[1]" = "_jm" ]; then
    _jm "$@"
else
    compdef _jm {" ".join(PROGRAMS)}
fi
"""


def _zsh_values(flag: Flag) -> str:
    if flag.values:
        return f"compadd -- {' '.join(flag.values)}"
    return "_files -/" if flag.folders else "_files"


def _zsh_entry(word: str, text: str) -> str:
    escaped = f"{word}:{text.replace(':', ' -')}".replace("'", "'\\''")
    return f"'{escaped}'"


def fish(root: Node) -> str:
    """For ~/.config/fish/completions/jm.fish."""
    cases = " ".join(f"'{node.words}'" for node in _below(root))
    lines = [line for node in root.walk() for line in _fish_lines(node)]
    aliases = [f"complete -c {name} -w {PROGRAMS[0]}" for name in PROGRAMS[1:]]
    return f"""\
function __jm_at
    set -l where jm
    for word in (commandline -opc)[2..-1]
        switch "$where $word"
            case {cases}
                set where "$where $word"
        end
    end
    test "$where" = "$argv"
end
{_lines([*lines, *aliases], 0)}
"""


def _fish_lines(node: Node) -> Iterable[str]:
    start = f"complete -c jm -n '__jm_at {node.words}'"
    for child in node.children:
        yield f"{start} -f -a {child.name} -d {_fish_quoted(child.text)}"
    if node.values:
        yield f"{start} -f -a {_fish_quoted(' '.join(node.values))}"
    for flag in node.flags:
        names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in flag.names)
        yield f"{start} {names}{_fish_values(flag)} -d {_fish_quoted(flag.text)}"


def _fish_values(flag: Flag) -> str:
    if not flag.takes_value:
        return ""
    if flag.values:
        return f" -x -a {_fish_quoted(' '.join(flag.values))}"
    return " -x -a '(__fish_complete_directories)'" if flag.folders else " -r"


def _fish_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def powershell(root: Node) -> str:
    """For $PROFILE."""

    def pairs(entries: Iterable[tuple[str, str]]) -> str:
        return ", ".join(f"@({_doubled(word)}, {_doubled(text)})" for word, text in entries)

    places = [
        f"$places[{_doubled(node.words)}] = @({pairs([*_described(node), ('', '')])})"
        for node in root.walk()
    ]
    values = [
        f"$values[{_doubled(f'{node.words} {name}')}] = @({', '.join(map(_doubled, flag.values))})"
        for node, flag in _value_flags(root)
        for name in flag.names
        if flag.values
    ]
    return f"""\
Register-ArgumentCompleter -Native -CommandName {", ".join(PROGRAMS)} -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    # Hashtables made this way tell -c from -C.
    $places = New-Object System.Collections.Hashtable
    $values = New-Object System.Collections.Hashtable
{_lines([*places, *values], 4)}
    $where = 'jm'
    $last = ''
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {{
        $word = $element.Extent.Text
        if ($element.Extent.EndOffset -ge $cursorPosition -and $word -eq $wordToComplete) {{ break }}
        if ($places.ContainsKey("$where $word")) {{ $where = "$where $word" }}
        $last = $word
    }}
    $offered = @()
    if ($values.ContainsKey("$where $last")) {{
        $offered = $values["$where $last"] | ForEach-Object {{ ,@($_, $_) }}
    }} else {{
        $offered = $places[$where]
    }}
    $offered | Where-Object {{ $_[0] -and $_[0].StartsWith($wordToComplete) }} | ForEach-Object {{
        [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
    }}
}}
"""


def elvish(root: Node) -> str:
    """For ~/.config/elvish/rc.elv."""
    places = [
        f"&{_doubled(node.words)}={{ {' '.join(_elvish_entry(*pair) for pair in _described(node))} }}"
        for node in root.walk()
    ]
    values = [
        f"&{_doubled(f'{node.words} {name}')}=[{' '.join(map(_doubled, flag.values))}]"
        for node, flag in _value_flags(root)
        for name in flag.names
        if flag.values
    ]
    setters = [f"set edit:completion:arg-completer[{name}] = $jm-complete~" for name in PROGRAMS]
    return f"""\
fn jm-complete {{|@words|
    fn entry {{|word text| edit:complex-candidate $word &display=$word'  '$text }}
    var places = [
{_lines(places, 8)}
    ]
    var values = [
{_lines(values, 8)}
    ]
    var where = 'jm'
    var last = ''
    for word $words[1..-1] {{
        if (has-key $places $where' '$word) {{ set where = $where' '$word }}
        set last = $word
    }}
    if (has-key $values $where' '$last) {{
        all $values[$where' '$last]
    }} else {{
        $places[$where]
    }}
}}
{_lines(setters, 0)}
"""


def _elvish_entry(word: str, text: str) -> str:
    return f"entry {_doubled(word)} {_doubled(text)};"


def _doubled(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _below(root: Node) -> list[Node]:
    return [node for node in root.walk() if node is not root]


def _alternatives(root: Node) -> str:
    return "|".join(f'"{node.words}"' for node in _below(root))


def _described(node: Node) -> list[tuple[str, str]]:
    """What may come next in this command, with a text each."""
    return [
        *((child.name, child.text) for child in node.children),
        *((value, "") for value in node.values),
        *((name, flag.text) for flag in node.flags for name in flag.names),
    ]


def _words(node: Node) -> list[str]:
    return [word for word, _ in _described(node)]


def _value_flags(root: Node) -> list[tuple[Node, Flag]]:
    return [(node, flag) for node in root.walk() for flag in node.flags if flag.takes_value]


def _lines(lines: Sequence[str], spaces: int) -> str:
    return indent("\n".join(lines), " " * spaces)


SHELLS: dict[str, Callable[[Node], str]] = {
    "bash": bash,
    "elvish": elvish,
    "fish": fish,
    "powershell": powershell,
    "zsh": zsh,
}

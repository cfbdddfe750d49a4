"""What to say when a template is wrong: Jinja's words are about its parser, ours about the user's text."""

from __future__ import annotations

import re
from dataclasses import replace

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.diagnostics.suggest import nearest
from osmoc.jinja import Kind, Problem
from osmoc.passing import Template
from osmoc.templating.shielding import unshield
from osmoc_runtime.values import dataclass

_RAW = "put text that Jinja must leave alone between `{% raw %}` and `{% endraw %}`"
_TOKENS_WITH_ARGUMENT = ("input", "host")
_TOKENS = ("output", "workflow_id", "uuid")
_BLOCK_TAGS = ("for", "if", "set", "macro", "call", "filter", "block", "with", "raw")
_TAGS = (*_BLOCK_TAGS, "elif", "else", *(f"end{name}" for name in _BLOCK_TAGS))


@dataclass(frozen=True, slots=True)
class _Said:
    code: Code
    message: str
    help: str = ""


def complain(diagnostics: Diagnostics, problem: Problem, template: Template) -> None:
    """Say one error about the problem, at its place in the user's text."""
    say = {
        Kind.SYNTAX: _syntax,
        Kind.UNCLOSED: _unclosed,
        Kind.UNDEFINED: _undefined,
        Kind.NO_ATTRIBUTE: _no_attribute,
        Kind.REFUSED: _refused,
        Kind.FAILED: _failed,
        Kind.TOO_MUCH: _too_much,
        Kind.OTHER_FILES: _other_files,
    }[problem.kind]
    token = _token_at(problem, template)
    said = _token_inside(token) if token and problem.kind is Kind.SYNTAX else say(problem)
    if problem.kind is Kind.UNDEFINED:
        said = _hinted(said, problem, template)
    restore = unshield(template.text, template.shielded)
    end = problem.start + len(token) if token else problem.end
    diagnostics.error(
        said.code,
        restore(said.message),
        template.source.span(problem.start, end),
        help=restore(said.help),
    )


def _hinted(said: _Said, problem: Problem, template: Template) -> _Said:
    """With better advice where the spec itself shows what went wrong."""
    text = template.source.text
    indented = re.search(r"^[ \t]+default-values:", text, re.MULTILINE)
    if indented and re.search(rf"^\s+{problem.name}\s*:", text[indented.end() :], re.MULTILINE):
        return replace(said, help="move `default-values:` into the first column, out of the workflow")
    if text[text.rfind("\n", 0, problem.start) + 1 : problem.start].lstrip().startswith("#"):
        return replace(said, help="Jinja looks into YAML comments, too: write `{# … #}` to have none of it")
    return said


def _token_at(problem: Problem, template: Template) -> str:
    return template.shielded.get(problem.start, "")


def _token_inside(token: str) -> _Said:
    return _Said(
        Code.TEMPLATE_SYNTAX,
        f"the run-time token `{token}` stands inside a Jinja expression, where it has no value yet",
        f"write it as text: `'{token}'`, joined to other text by `~`",
    )


def _syntax(problem: Problem) -> _Said:
    message = problem.message
    found = re.match(r"No (filter|test) named '(.*?)'", message)
    if found:
        near = nearest(found[2], problem.known)
        return _Said(
            Code.TEMPLATE_SYNTAX,
            f"Jinja has no {found[1]} `{found[2]}`",
            f"did you mean `{near}`?" if near else f"write one of Jinja's own {found[1]}s",
        )
    if message.startswith("Encountered unknown tag"):
        return _tag(problem)
    for pattern, text, advice in _SYNTAX:
        found = re.match(pattern, message)
        if found:
            words = [_plain_kind(group) for group in found.groups()]
            return _Said(Code.TEMPLATE_SYNTAX, text.format(*words), advice.format(*words))
    return _Said(Code.TEMPLATE_SYNTAX, f"Jinja cannot read this: {_lower(message)}", _RAW)


_SYNTAX = (
    (
        r"expected token 'end of print statement', got '(.*)'",
        "`{0}` cannot follow here, inside `{{{{ … }}}}`",
        "join values with an operator such as `~` or `+`, or close the braces first",
    ),
    (
        r"expected token 'end of statement block', got '(.*)'",
        "`{0}` cannot follow here, inside `{{% … %}}`",
        "close the tag with `%}}`, or compare with `==`",
    ),
    (r"expected token '(.*)', got '(.*)'", "`{0}` is missing here, before `{1}`", "write `{0}`"),
    (
        r"unexpected char '(.*)' at",
        "`{0}` means nothing to Jinja here",
        _RAW.replace("{", "{{").replace("}", "}}"),
    ),
    (
        r"unexpected 'end of print statement'|Expected an expression, got 'end of print statement'",
        "a value is missing before `}}}}`",
        "write the name of a variable",
    ),
    (
        r"Expected an expression, got 'end of statement block'",
        "a value is missing before `%}}`",
        "write a condition or a value",
    ),
    (r"unexpected '(.*)', expected '(.*)'", "`{0}` stands where `{1}` is needed", "write `{1}`"),
    (r"unexpected '(.*)'", "`{0}` cannot stand here", "take it out, or put text in quotes"),
    (
        r"Missing end of comment tag",
        "`{{#` begins a Jinja comment that never ends",
        "write `#}}` where it ends",
    ),
    (r"expected call", "`call` needs a macro that is called", "write `{{% call name() %}}`"),
    (r"cannot assign to '(.*)'", "`{0}` cannot be set", "choose another name"),
)


def _plain_kind(word: str | None) -> str:
    """Jinja's name for a kind of token, as the signs that it stands for."""
    return {
        "end of print statement": "}}",
        "end of statement block": "%}",
        "begin of print statement": "{{",
        "begin of statement block": "{%",
        "end of template": "the end of the text",
        "template data / text": "text",
        "name": "a name",
        "string": "a text in quotes",
        "integer": "a number",
    }.get(word or "", word or "")


def _tag(problem: Problem) -> _Said:
    name = problem.name
    innermost = re.search(r"innermost block that needs to be closed is '(\w+)'", problem.message)
    if name in _TAGS and innermost:
        return _Said(
            Code.TEMPLATE_SYNTAX,
            f"`{{% {name} %}}` stands inside `{{% {innermost[1]} %}}`, which is not closed yet",
            f"close that one first, with `{{% end{innermost[1]} %}}`",
        )
    if name in _TAGS:
        closes = name.removeprefix("end")
        return _Said(
            Code.TEMPLATE_SYNTAX,
            f"`{{% {name} %}}` has nothing to close or to go on with",
            f"write `{{% {'if' if closes in ('else', 'elif') else closes} … %}}` above it, or take it out",
        )
    near = nearest(name, _TAGS)
    advice = (
        f"did you mean `{{% {near} %}}`?" if near else "use `for`, `if`, `set`, `macro`, `call`, `filter`"
    )
    if name == "do":
        advice = "write `{% set _ = … %}` to call something for its effect"
    return _Said(Code.TEMPLATE_SYNTAX, f"Jinja has no tag `{{% {name} %}}`", advice)


def _unclosed(problem: Problem) -> _Said:
    if problem.name == "#":
        return _Said(
            Code.TEMPLATE_UNCLOSED,
            "`{#` begins a Jinja comment that never ends",
            "write `#}` where it ends, or put a script between `{% raw %}` and `{% endraw %}`",
        )
    if problem.name in ("{{", "{%"):
        return _Said(
            Code.TEMPLATE_UNCLOSED,
            f"the `{problem.name}` that opens here is never closed",
            "write `}}` behind the value" if problem.name == "{{" else "write `%}` where the tag ends",
        )
    return _Said(
        Code.TEMPLATE_UNCLOSED,
        f"this `{{% {problem.name} %}}` is never closed",
        f"write `{{% end{problem.name} %}}` where it ends",
    )


def _undefined(problem: Problem) -> _Said:
    name = problem.name
    near = nearest(name, problem.known)
    token = nearest(name, _TOKENS)
    if near:
        advice = f"did you mean `{near}`?"
    elif token:
        advice = f"the run-time token is `{{{{{token}}}}}`"
    elif name in _TOKENS_WITH_ARGUMENT:
        advice = f"a run-time token is written `{{{{{name}:…}}}}`, without a blank"
    elif name in ("true", "false", "none", "null", "yes", "no"):
        advice = "Jinja writes `true`, `false` and `none`"
    elif name == "item":
        advice = "a loop names it: `{% for item in list %} … {% endfor %}`"
    else:
        advice = f"give it a value with `--set {name}=…`, or under `default-values:`"
    return _Said(Code.VARIABLE_UNDEFINED, f"the variable `{name}` has no value", advice)


def _no_attribute(problem: Problem) -> _Said:
    near = nearest(problem.name, problem.known)
    if near:
        advice = f"did you mean `{near}`?"
    elif problem.known:
        advice = "it has " + ", ".join(f"`{name}`" for name in list(problem.known)[:8])
    else:
        advice = f"write `{problem.name} is defined` before it is used, or `| default(…)` behind it"
    return _Said(Code.VARIABLE_UNDEFINED, f"there is no `{problem.name}` in this value", advice)


def _refused(problem: Problem) -> _Said:
    if problem.name:
        return _Said(
            Code.TEMPLATE_REFUSED,
            f"a template may not look at `{problem.name}`",
            "use filters and tests, such as `| length` or `is string`",
        )
    return _Said(Code.TEMPLATE_REFUSED, f"a template may not do this: {_lower(problem.message)}")


def _failed(problem: Problem) -> _Said:
    message = problem.message
    if "Range too big" in message:
        return _Said(
            Code.TEMPLATE_TOO_MUCH,
            "this range has more than 100,000 numbers, and no template gets more",
            "give a smaller number",
        )
    if problem.name == "ZeroDivisionError":
        return _Said(Code.TEMPLATE_FAILED, "this divides by zero", "give another number")
    if "inline if-expression" in message:
        return _Said(
            Code.TEMPLATE_FAILED,
            "this `if` gives no value when it does not hold",
            "add `else` and a value to it",
        )
    advice = ""
    if problem.name == "TypeError" and ("str" in message or "concatenate" in message):
        advice = "write `| int` or `| string` behind a value of the wrong kind, and join texts with `~`"
    elif "not iterable" in message:
        advice = "a `for` needs a list or a mapping"
    return _Said(Code.TEMPLATE_FAILED, f"this fails: {_lower(message) or problem.name}", advice)


def _too_much(problem: Problem) -> _Said:
    return _Said(
        Code.TEMPLATE_TOO_MUCH,
        problem.message,
        "look for a loop or a number that is larger than it was meant to be",
    )


def _other_files(problem: Problem) -> _Said:
    return _Said(
        Code.TEMPLATE_NEEDS_FILES,
        f"`{{% {problem.name or 'include'} %}}` needs another file, and a template has none",
        "put the text here; files for a task go under `files:`, with `localpath:`",
    )


def _lower(message: str) -> str:
    """Python's or Jinja's words in the manner of ours."""
    message = re.sub(r"'([^']*)'", r"`\1`", message.strip()).rstrip(".")
    return message[:1].lower() + message[1:]

"""Known ways out of Jinja's sandbox, all of them closed: nothing of Python can be reached, printed or called.

They are from the advisories of Jinja (CVE-2014-1402, CVE-2016-10745, CVE-2019-8341, CVE-2019-10906,
CVE-2024-34064, CVE-2024-56201, CVE-2024-56326, CVE-2025-27516) and from collections of template injections.
"""

from __future__ import annotations

import pytest

from osmoc.diagnostics.codes import Code
from tests.unit.front import Front, field

REFUSED = {
    Code.TEMPLATE_REFUSED,
    Code.TEMPLATE_FAILED,
    Code.TEMPLATE_SYNTAX,
    Code.VARIABLE_UNDEFINED,
    Code.TEMPLATE_TOO_MUCH,
    Code.TEMPLATE_NEEDS_FILES,
}

ESCAPES = [
    # The classic way: from any object to its class, and from there to all others.
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ [].__class__.__base__.__subclasses__()[59] }}",
    "{{ {}.__class__.__bases__[0] }}",
    "{{ 1.__class__ }}",
    "{{ (1).__class__.__mro__ }}",
    "{{ ().__class__ }}",
    "{{ true.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ ''|attr(['__class__']|first) }}",
    "{{ ''|attr('__getattribute__')('__class__') }}",
    "{{ ''.__getattribute__('__class__') }}",
    # Functions and their globals.
    "{{ lipsum.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__class__ }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ cycler('a').next.__func__ }}",
    "{{ lipsum.__code__ }}",
    "{{ lipsum.func_globals }}",
    "{% macro m() %}x{% endmacro %}{{ m.__init__.__globals__ }}",
    "{% macro m() %}x{% endmacro %}{{ m._func }}",
    "{% macro m() %}{{ caller._func }}{% endmacro %}{% call m() %}x{% endcall %}",
    # The template itself and its context.
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__dict__ }}",
    "{{ loop }}",
    "{% for a in [1] %}{{ loop._iterator }}{% endfor %}",
    "{% for a in [1] %}{{ loop.__class__ }}{% endfor %}",
    "{{ config }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ url_for.__globals__ }}",
    "{{ environment }}",
    "{{ __builtins__ }}",
    # Formats, which look up attributes themselves (CVE-2016-10745, CVE-2019-10906, CVE-2024-56326).
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(lipsum) }}",
    "{{ '{a.__class__}'.format_map({'a': 1}) }}",
    "{{ '{0[__class__]}'.format(1) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(1) }}",
    "{{ ['{0.__class__}']|map('format', 1)|list }}",
    "{{ ''.format.__self__ }}",
    "{{ '%(a)s'|format(a=''.__class__) }}",
    # Filters that take the name of an attribute (CVE-2025-27516).
    "{{ ['']|map(attribute='__class__')|list }}",
    "{{ [['']]|map(attribute='0.__class__')|list }}",
    "{{ ['']|groupby('__class__') }}",
    "{{ ['']|sort(attribute='__class__') }}",
    "{{ ['']|selectattr('__class__')|list }}",
    "{{ ['']|rejectattr('__class__')|list }}",
    "{{ ['']|sum(attribute='__class__') }}",
    "{{ ['']|unique(attribute='__class__')|list }}",
    "{{ ['']|min(attribute='__class__') }}",
    "{{ ''|attr('format')|attr('__self__') }}",
    "{{ ['x']|map('attr', '__class__')|list }}",
    # Generators and coroutines.
    "{{ ([1]|select).gi_frame }}",
    "{{ ([1]|map('string')).gi_code.co_consts }}",
    "{{ ([1]|select).gi_frame.f_globals }}",
    # Changing what is shared.
    "{{ [].append(1).__class__ }}",
    "{{ dict.update }}{{ dict.__setattr__ }}",
    "{% set x.__class__ = 1 %}",
    "{% set ns = namespace() %}{% set ns.__class__ = 1 %}",
    # Files and other templates.
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from '/etc/passwd' import x %}",
    "{% extends '/etc/passwd' %}",
    "{% do 1 %}",
    "{% debug %}",
]


@pytest.mark.parametrize("template", ESCAPES)
def test_a_way_out_is_closed(template: str) -> None:
    front = field(template)

    assert refused(front) or harmless(front), front.said or front.text


def refused(front: Front) -> bool:
    return bool(front.said) and any(one.code in REFUSED for one in front.said)


def harmless(front: Front) -> bool:
    """What Jinja lets through says nothing of Python's insides: an undefined thing is an error here."""
    return front.expanded is not None and not any(
        sign in front.text
        for sign in ("<class", "<function", "<built-in", " at 0x", "__", "<Template", "root:")
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 'class' }}", "class"),
        ("{{ '{0}-{1}'.format('a', 1) }}", "a-1"),
        ("{{ '%s-%d'|format('a', 1) }}", "a-1"),
        ("{{ [{'a': 1}]|map(attribute='a')|list }}", "[1]"),
        ("{{ [{'a': 2}, {'a': 1}]|sort(attribute='a')|map(attribute='a')|join }}", "12"),
        ("{{ 'a_b'.split('_')|last }}", "b"),
        ("{{ '__init__.py' }}", "__init__.py"),
        ("{% set ns = namespace(n=1) %}{% set ns.n = 2 %}{{ ns.n }}", "2"),
        ("{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{% call m(1) %}x{% endcall %}", "1x"),
    ],
)
def test_what_looks_alike_and_is_harmless_works(template: str, text: str) -> None:
    front = field(template)

    assert not front.said
    assert text in front.text

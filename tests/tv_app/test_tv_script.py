"""The script of the screen is ES5: read by a real parser, every node of a kind that ES5 has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

from channels.tv import keys

# What the grammar calls the parts of ES5. "lexical_declaration" (let, const), "arrow_function",
# "template_string", classes, spreads, patterns, generators and async are absent on purpose.
ES5 = frozenset(
    """
    program comment statement_block expression_statement empty_statement variable_declaration
    variable_declarator function_declaration function_expression formal_parameters arguments
    identifier property_identifier shorthand_property_identifier statement_identifier this null
    true false number string string_fragment escape_sequence regex regex_pattern regex_flags
    object pair array member_expression subscript_expression call_expression new_expression
    unary_expression update_expression binary_expression assignment_expression
    augmented_assignment_expression ternary_expression sequence_expression parenthesized_expression
    if_statement else_clause for_statement for_in_statement while_statement do_statement
    switch_statement switch_body switch_case switch_default break_statement continue_statement
    return_statement throw_statement try_statement catch_clause finally_clause labeled_statement
    debugger_statement undefined
    """.split()
) - {"shorthand_property_identifier"}
# Methods that ES5 does not have, and engines of that time neither.
LATER = frozenset(
    "includes find findIndex startsWith endsWith assign from of entries values closest matches "
    "remove append prepend replaceWith fetch padStart repeat flat classList".split()
)


def later_than_es5(script: bytes) -> list[str]:
    root = Parser(Language(tree_sitter_javascript.language())).parse(script).root_node
    found = ["does not parse"] if root.has_error else []
    for node in _nodes(root):
        text = (node.text or b"").decode()
        if node.is_named and node.type not in ES5:
            found.append(f"line {node.start_point[0] + 1}: {node.type}: {text[:30]}")
        if node.type == "property_identifier" and text in LATER:
            found.append(f"line {node.start_point[0] + 1}: .{text}")
        if node.type == "for_in_statement" and b" of " in (node.text or b"").split(b")")[0]:
            found.append(f"line {node.start_point[0] + 1}: for of")
        if not node.is_named and text in {"async", "await", "**", "??", "?."}:
            found.append(f"line {node.start_point[0] + 1}: {text}")
    return found


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def test_the_script_of_the_screen_is_es5(root):
    assert later_than_es5((root / "tv_app/static/tv.js").read_bytes()) == []


@pytest.mark.parametrize("name", sorted(keys.profiles()))
def test_the_line_of_keys_is_es5(name):
    assert later_than_es5(keys.script(keys.profiles()[name].keys).encode()) == []


@pytest.mark.parametrize(
    "newer",
    [
        "let a = 1;",
        "const a = 1;",
        "var f = () => 1;",
        "var s = `a`;",
        "class A {}",
        "var {a} = b;",
        "f(...a);",
        "for (var a of b) {}",
        "async function f() {}",
        "var a = b?.c;",
        "var a = b ?? c;",
        "var a = 2 ** 3;",
        "var a = {b};",
        "function f(a = 1) {}",
        "a.includes(b);",
        "var a = ;",
    ],
)
def test_the_gate_sees_what_is_newer(newer):
    assert later_than_es5(newer.encode())

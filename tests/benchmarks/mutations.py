"""Which small faults can be made in Python code: what mutation testing (tests/benchmarks/mutants.py) draws from."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]

COMPARED: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}
SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change of one file: the bytes from `start` to `end` become `new`."""

    file: str
    line: int
    start: int
    end: int
    new: str

    def applied(self, source: bytes) -> bytes:
        """The file's content with the change."""
        return source[: self.start] + self.new.encode() + source[self.end :]

    def diff(self, source: bytes) -> str:
        """The change as a unified diff."""
        before, after = (text.decode().splitlines(keepends=True) for text in (source, self.applied(source)))
        return "".join(difflib.unified_diff(before, after, f"a/{self.file}", f"b/{self.file}", n=2))


def mutants(file: str) -> list[Mutant]:
    """Every mutant of a file's function bodies, by place."""
    source = (HOME / file).read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in (inner for statement in function.body for inner in running(statement)):
                for part, new in changes(node):
                    start = starts[part.lineno - 1] + part.col_offset
                    end = starts[part.end_lineno - 1] + part.end_col_offset
                    text = ast.unparse(new)
                    text = text if isinstance(new, ast.Name | ast.Call | ast.stmt) else f"({text})"
                    found[start, end, text] = Mutant(file, part.lineno, start, end, text)
    return [found[key] for key in sorted(found)]


def running(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it but what does not run (docstrings, annotations), patterns, and f-strings.

    Before Python 3.12 the places of what stands in an f-string are not known.
    """
    if isinstance(node, ast.JoinedStr | ast.pattern):
        return
    yield node
    for name, field in ast.iter_fields(node):
        if name not in ("annotation", "returns", "args") or isinstance(node, ast.Call):
            for child in field if isinstance(field, list) else [field]:
                if isinstance(child, ast.AST):
                    yield from running(child)


def changes(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The small faults that can be made at a node: the part to replace, and what to replace it with."""
    match node:
        case ast.Compare(left, ops, others):
            for number, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    yield node, ast.Compare(left, [*ops[:number], other(), *ops[number + 1 :]], others)
        case ast.BoolOp(op, values):
            yield node, ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for number in range(len(values)):
                yield node, ast.BoolOp(op, values[:number] + values[number + 1 :])
        case ast.UnaryOp(ast.Not(), operand):
            yield node, operand
        case ast.BinOp(left, op, right) if type(op) in SWAPPED:
            yield node, ast.BinOp(left, SWAPPED[type(op)](), right)
        case ast.Constant(bool(value)):
            yield node, ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):
            yield node, ast.Constant(value + 1)
            yield node, ast.Constant(value - 1)
        case ast.If(test) | ast.While(test) | ast.IfExp(test):
            yield test, ast.UnaryOp(ast.Not(), test)
        case ast.comprehension(ifs=conditions):
            for condition in conditions:
                yield condition, ast.UnaryOp(ast.Not(), condition)
                yield condition, ast.Constant(True)
        case ast.Return(ast.expr() as value) if not isinstance(value, ast.Constant):
            yield value, ast.Constant(None)
        case ast.Call(function, args, keywords):
            for number, keyword in enumerate(keywords):
                if keyword.arg:
                    yield node, ast.Call(function, args, keywords[:number] + keywords[number + 1 :])
            match function:
                case ast.Name(name) if name in OPPOSITE:
                    yield function, ast.Name(OPPOSITE[name])
                case ast.Attribute(value, name) if name in OPPOSITE:
                    yield node, ast.Call(ast.Attribute(value, OPPOSITE[name]), args, keywords)
        case ast.Slice(lower, upper):
            for bound in (lower, upper):
                if bound and not isinstance(bound, ast.Constant):
                    yield bound, ast.BinOp(bound, ast.Add(), ast.Constant(1))
        case ast.Expr(ast.Call()):
            yield node, ast.Pass()

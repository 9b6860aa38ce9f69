"""Prints typed IR for people and golden tests: one statement per line, every expression with what
the front end made of it (conversions, intrinsics), types where names come into being.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from conting_compiler.ir.typed import (
    AccountClass,
    AccountParam,
    AccountPdaSeed,
    ArgumentPdaSeed,
    ArrayLit,
    Assert,
    Assign,
    Binary,
    Block,
    BoolLit,
    BoolOp,
    Break,
    BytesLit,
    Call,
    Compare,
    Conditional,
    ConstPdaSeed,
    ConstSeed,
    Continue,
    Convert,
    Do,
    EnumLit,
    Expr,
    Field,
    FieldSeed,
    FloatLit,
    Format,
    ForRange,
    Function,
    If,
    Index,
    InitAccount,
    InitMint,
    InitTokenAccount,
    Instruction,
    IntLit,
    Intrinsic,
    Invoke,
    IsNone,
    ListLit,
    Local,
    New,
    Nothing,
    Param,
    Pda,
    PdaSeed,
    PlainClass,
    Program,
    Return,
    SignerSeeds,
    Some,
    Stmt,
    TupleItem,
    TupleLit,
    Unary,
    Unwrap,
    While,
)
from conting_compiler.ir.typesystem import EnumT, StrT

_INDENT = "    "


def to_text(program: Program) -> str:
    """The whole program; ends with a newline."""
    blocks = [[f"program {program.name} {program.address.hex()}"]]
    blocks += [list(_account_class(each)) for each in program.accounts]
    blocks += [list(_plain_class(each)) for each in program.classes]
    blocks += [[f"enum {each.name}: {', '.join(each.variants)}"] for each in program.enums]
    if program.errors:
        blocks.append([f"error {e.code} {e.name}: {e.message}" for e in program.errors])
    blocks += [list(_function(each)) for each in program.functions]
    blocks += [list(_instruction(each)) for each in program.instructions]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


# --- definitions ---------------------------------------------------------------------------------


def _account_class(account: AccountClass) -> Iterator[str]:
    yield f"account {account.name} {account.discriminator.hex()}"
    for field in account.fields:
        yield f"{_INDENT}{field.name}: {field.type}"
    if account.seeds is not None:
        yield f"{_INDENT}seeds {', '.join(_declared_seed(seed) for seed in account.seeds)}"


def _plain_class(owner: PlainClass) -> Iterator[str]:
    yield f"class {owner.name}"
    for field in owner.fields:
        yield f"{_INDENT}{field.name}: {field.type}"


def _declared_seed(seed: ConstSeed | FieldSeed) -> str:
    return repr(seed.value) if isinstance(seed, ConstSeed) else f"self.{seed.field}"


def _params(params: Sequence[Param]) -> str:
    return ", ".join(f"{param.name}: {param.type}" for param in params)


def _function(function: Function) -> Iterator[str]:
    yield f"function {function.name}({_params(function.params)}) -> {function.result}"
    yield from _block(function.body)


def _instruction(instruction: Instruction) -> Iterator[str]:
    yield f"instruction {instruction.name} {instruction.discriminator.hex()}"
    for account in instruction.accounts:
        yield f"{_INDENT}account {_account_param(account)}"
    for program in instruction.programs:
        yield f"{_INDENT}program {program.name}"
    for argument in instruction.arguments:
        yield f"{_INDENT}argument {argument.name}: {argument.type}"
    if instruction.clock is not None:
        yield f"{_INDENT}clock {instruction.clock}"
    yield f"{_INDENT}body"
    yield from (f"{_INDENT}{line}" for line in _block(instruction.body))


def _account_param(account: AccountParam) -> str:
    words = [f"{account.name}: {account.type}"]
    words += ["optional"] if account.optional else []
    words += ["writable"] if account.writable else []
    words += ["signer"] if account.signer else []
    words += [f"at {account.address.hex()}"] if account.address is not None else []
    words += [_pda(account.pda)] if account.pda is not None else []
    return " ".join(words)


def _pda(pda: Pda) -> str:
    under = "" if pda.program is None else f" under {pda.program.hex()}"
    return f"pda [{', '.join(map(_pda_seed, pda.seeds))}]{under}"


def _pda_seed(seed: PdaSeed) -> str:
    match seed:
        case ConstPdaSeed(value=value):
            return repr(value)
        case AccountPdaSeed(account=name):
            return f"account {name}"
        case ArgumentPdaSeed(argument=name):
            return f"argument {name}"


# --- statements ----------------------------------------------------------------------------------


def _block(body: Sequence[Stmt]) -> Iterator[str]:
    for statement in body:
        yield from (f"{_INDENT}{line}" for line in _statement(statement))


def _statement(node: Stmt) -> Iterator[str]:
    match node:
        case Assign(target=Local(name=name, type=kind), value=value):
            yield f"{name}: {kind} = {expression(value)}"
        case Assign(target=target, value=value):
            yield f"{expression(target)} = {expression(value)}"
        case Do(value=value):
            yield expression(value)
        case Assert(condition=condition, error=error):
            yield f"assert {expression(condition)}, #{error}"
        case Return(value=value):
            yield "return" if value is None else f"return {expression(value)}"
        case Break():
            yield "break"
        case Continue():
            yield "continue"
        case If() | While() | ForRange():
            yield from _compound(node)
        case _:
            assert_never(node)


def _compound(node: If | While | ForRange) -> Iterator[str]:
    match node:
        case If(test=test, then=then, otherwise=otherwise):
            yield f"if {expression(test)}"
            yield from _block(then)
            if otherwise:
                yield "else"
                yield from _block(otherwise)
        case While(test=test, body=body):
            yield f"while {expression(test)}"
            yield from _block(body)
        case ForRange(variable=variable, start=start, stop=stop, step=step, body=body):
            bounds = f"{expression(start)}, {expression(stop)}, {step}"
            yield f"for {variable.name}: {variable.type} in range({bounds})"
            yield from _block(body)


# --- expressions ---------------------------------------------------------------------------------


def expression(node: Expr) -> str:  # noqa: C901, PLR0911, PLR0912 - one per kind of node
    """One expression, in parentheses where it has operators."""
    match node:
        case ListLit(elements=elements):
            return f"list[{_list(elements)}]"
        case Nothing():
            return "none"
        case Some(value=value):
            return f"some({expression(value)})"
        case Unwrap(option=option):
            return f"unwrap({expression(option)})"
        case IsNone(option=option):
            return f"({expression(option)} is none)"
        case TupleLit(elements=elements):
            return f"({_list(elements)},)"
        case TupleItem(base=base, place=place):
            return f"{expression(base)}.{place}"
        case New(type=kind):
            return f"new {kind}"
        case Block(body=body, result=result):
            lines = "; ".join(line for each in body for line in _statement(each))
            return f"{{{lines}; {expression(result)}}}"
        case IntLit() | FloatLit() | BoolLit() | BytesLit() | EnumLit() | ArrayLit():
            return _literal(node)
        case Local(name=name):
            return name
        case Field(base=base, name=name):
            return f"{expression(base)}.{name}"
        case Index(base=base, index=index):
            return f"{expression(base)}[{expression(index)}]"
        case Unary() | Binary() | Compare() | BoolOp() | Conditional() | Convert() | Format():
            return _operation(node)
        case Call(function=name, arguments=arguments):
            return f"{name}({_list(arguments)})"
        case Intrinsic(name=name, arguments=arguments):
            return f"@{name}({_list(arguments)})"
        case SignerSeeds() | Invoke() | InitAccount() | InitMint() | InitTokenAccount():
            return _of_chain(node)
        case _:
            assert_never(node)


def _list(nodes: Sequence[Expr]) -> str:
    return ", ".join(expression(node) for node in nodes)


def _literal(  # noqa: PLR0911 - one per kind of node
    node: IntLit | FloatLit | BoolLit | BytesLit | EnumLit | ArrayLit,
) -> str:
    match node:
        case IntLit(value=value, type=kind):
            return f"{value}{kind}"
        case FloatLit(value=float_value):
            return f"{float_value!r}f64"
        case BoolLit(value=flag):
            return str(flag)
        case BytesLit(value=data, type=StrT()):
            return repr(data.decode())
        case BytesLit(value=data, type=kind):
            return f"{kind} {data.hex()}"
        case EnumLit(value=number, type=EnumT(name=name, variants=variants)):
            return f"{name}.{variants[number]}"
        case EnumLit(value=number, type=kind):
            return f"{kind}.{number}"
        case ArrayLit(elements=elements):
            return f"[{_list(elements)}]"


def _operation(  # noqa: PLR0911 - one per kind of node
    node: Unary | Binary | Compare | BoolOp | Conditional | Convert | Format,
) -> str:
    match node:
        case Unary(op=op, operand=operand):
            return f"({op.value} {expression(operand)})"
        case Binary(op=op, left=left, right=right):
            return f"({expression(left)} {op.value} {expression(right)})"
        case Compare(op=op, left=left, right=right):
            return f"({expression(left)} {op.value} {expression(right)})"
        case BoolOp(op=word, operands=operands):
            return f"({f' {word} '.join(expression(each) for each in operands)})"
        case Conditional(test=test, then=then, otherwise=otherwise):
            return f"({expression(then)} if {expression(test)} else {expression(otherwise)})"
        case Convert(operand=operand, type=kind):
            return f"{kind}({expression(operand)})"
        case Format(parts=parts):
            return f"format({_list(parts)})"


def _of_chain(node: SignerSeeds | Invoke | InitAccount | InitMint | InitTokenAccount) -> str:
    match node:
        case SignerSeeds(seeds=seeds):
            return f"[{_list(seeds)}]"
        case Invoke():
            return _invoke(node)
        case _:
            return _init(node)


def _invoke(node: Invoke) -> str:
    accounts = []
    for account, (writable, signer), seeds in zip(
        node.accounts, node.flags, node.signers, strict=True
    ):
        words = [expression(account), *(["writable"] if writable else [])]
        words += ["signer"] if signer else []
        words += [f"seeds=[{_list(seeds.seeds)}]"] if seeds is not None else []
        accounts.append(" ".join(words))
    return f"{expression(node.program)}.invoke([{', '.join(accounts)}], {expression(node.data)})"


def _init(node: InitAccount | InitMint | InitTokenAccount) -> str:
    match node:
        case InitAccount(fields=fields, seeds=seeds, if_empty=if_empty):
            word = "init_if_empty" if if_empty else "init"
            sizes = (("space", node.space), ("padding", node.padding))
            named: list[tuple[str, Expr | None]] = [("payer", node.payer), *fields, *sizes]
        case InitMint(seeds=seeds):
            word = "init_mint"
            named = [
                ("payer", node.payer),
                ("decimals", node.decimals),
                ("authority", node.authority),
                ("freeze_authority", node.freeze_authority),
                ("permanent_delegate", node.permanent_delegate),
                ("close_authority", node.close_authority),
                *zip(("name", "symbol", "uri", "room"), node.metadata or (), strict=False),
            ]
        case InitTokenAccount(seeds=seeds):
            word = "init_token_account"
            named = [("payer", node.payer), ("mint", node.mint), ("authority", node.authority)]
    words = [f"{name}={expression(value)}" for name, value in named if value is not None]
    words += [] if seeds is None else [f"seeds=[{_list(seeds)}]"]
    words += ["default_frozen"] if isinstance(node, InitMint) and node.default_frozen else []
    words += ["associated"] if isinstance(node, InitTokenAccount) and node.associated else []
    return f"{expression(node.target)}.{word}({', '.join(words)})"

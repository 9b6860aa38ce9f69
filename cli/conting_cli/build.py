"""`conting build`: programs/ to target/deploy/*.so, target/idl/*.json and the typed clients."""

import argparse
import json
import sys
from pathlib import Path

from conting_compiler.diagnostics import ConfigError, InternalError, UserError, to_json, to_text
from conting_compiler.driver import STAGES, Compiled, compile_programs

from conting_cli.project import Project, find_project
from conting_cli.report import report
from conting_cli.watch import watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `conting build`."""
    parser.add_argument("program", nargs="*", help="names of programs (default: all)")
    parser.add_argument("--arch", choices=["v3", "v0"], default="v3", help="version of SBPF")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--emit", choices=STAGES, help="print one stage and write nothing")
    instead.add_argument(
        "--report", action="store_true", help="print bytes and compute units, and write nothing"
    )
    instead.add_argument("--watch", action="store_true", help="build again after every change")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="of errors")
    instead.add_argument(
        "--check", action="store_true", help="fail if committed IDL or clients are stale"
    )


def run(options: argparse.Namespace) -> int:
    """Compiles; 0 if all went well, 1 for faults in a program, 2 for a fault of the compiler."""
    project = find_project(Path.cwd())
    if options.watch:
        watch(project.root / "programs", "*.py", lambda: _build(project, options))
    return _build(project, options)


def _build(project: Project, options: argparse.Namespace) -> int:
    roots = [project.program(name) for name in options.program] or project.programs()
    try:
        compiled = compile_programs(roots, arch=options.arch)
    except UserError as error:
        _print_diagnostics(error, options.format)
        return 1
    except ConfigError as error:
        print(f"conting: {error}", file=sys.stderr)
        return 1
    except InternalError as error:
        print(
            f"conting: this is a fault of the compiler, please report it: {error}", file=sys.stderr
        )
        return 2
    return _finish(project, compiled, options)


def _finish(project: Project, compiled: list[Compiled], options: argparse.Namespace) -> int:
    if options.emit:
        for program in compiled:
            print(program.stage(options.emit), end="")
        return 0
    if options.report:
        print("\n".join(report(program, options.arch) for program in compiled), end="")
        return 0
    committed = {path: text for c in compiled for path, text in _texts(project, c).items()}
    if options.check:
        return _check(committed)
    for path, text in committed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project.deploy.mkdir(parents=True, exist_ok=True)
    for program in compiled:
        file = project.deploy / f"{program.name}.so"
        file.write_bytes(program.elf)
        size = f"{len(program.elf):,} bytes"
        print(f"{file.relative_to(project.root)}  {size}, SBPF {options.arch}", flush=True)
    return 0


def _texts(project: Project, compiled: Compiled) -> dict[Path, str]:
    """The files that are committed, and what has to be in them."""
    texts = {
        project.idl / f"{compiled.name}.json": _json(compiled.idl),
        project.idl / f"{compiled.name}.legacy.json": _json(compiled.legacy_idl),
    }
    if project.generated is not None:
        texts[project.generated / f"{compiled.name}.py"] = compiled.client
    return texts


def _json(idl: object) -> str:
    return json.dumps(idl, indent=2) + "\n"


def _check(committed: dict[Path, str]) -> int:
    stale = [p for p, text in committed.items() if not p.is_file() or p.read_text() != text]
    for path in stale:
        print(f"conting: {path} is stale: run `conting build` and commit it", file=sys.stderr)
    return 1 if stale else 0


def _print_diagnostics(error: UserError, form: str) -> None:
    if form == "json":
        print(to_json(error.diagnostics))
        return
    print("\n\n".join(to_text(d) for d in error.diagnostics), file=sys.stderr)
    count = len(error.diagnostics)
    print(f"\n{count} error{'s' if count > 1 else ''}", file=sys.stderr)

"""Sound and damaged programs of both versions: our verifier and LiteSVM's loader agree.

The programs are the right ones of docs/errors.md, so that they have whatever the dialect has.
"""

from pathlib import Path
from random import Random

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.link.linker import link
from conting_compiler.link.verify import STRICTER

from tests.compiler.test_docs_errors import SECTIONS, Section, _write
from tests.compiler.test_link_verify import Loader, damaged_words, refusal_of, truncated

pytestmark = pytest.mark.slow

DAMAGED = 20
"""Damaged copies of each ELF."""


@pytest.fixture(scope="module")
def loader() -> Loader:
    return Loader()


@pytest.mark.parametrize("section", SECTIONS)
def test_the_verifier_and_the_loader_agree(
    section: Section, loader: Loader, tmp_path: Path
) -> None:
    compiled = compile_program(_write(section.programs["Right"], tmp_path))
    for sound in (compiled.elf, link(compiled.emitted.object, "v0")):
        assert refusal_of(sound) is None
        assert loader.refuses(sound) is None
        cut = Random(section.code).sample(list(truncated(sound)), DAMAGED // 4)
        for data in [*cut, *damaged_words(sound, DAMAGED - len(cut))]:
            theirs, ours = loader.refuses(data), refusal_of(data)
            is_stricter = ours is not None and ours.rule in STRICTER
            assert is_stricter or (theirs is None) == (ours is None), (theirs, ours)

"""An issuer changes its keys and periods."""

from seahorse.prelude import Pubkey, Signer, i64, instruction

from .errors import FamilyError
from .events import IssuerChanged
from .register_issuer import assert_rules
from .state import Issuer


@instruction
def update_issuer(
    authority: Signer,
    successor: Signer,
    issuer: Issuer,
    help_desk: Pubkey,
    notice: i64,
    cool_down: i64,
) -> None:
    """From now on `successor`, which may be the same key, attests, by these rules.

    A re-binding that is announced keeps its time.
    """
    assert issuer.authority == authority.key(), FamilyError.NOT_ISSUER
    assert_rules(successor.key(), help_desk, notice, cool_down)

    IssuerChanged(issuer.key(), successor.key(), help_desk, notice, cool_down).emit()
    issuer.authority = successor.key()
    issuer.help_desk = help_desk
    issuer.notice = notice
    issuer.cool_down = cool_down

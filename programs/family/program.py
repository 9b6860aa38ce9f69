"""The family program: who is one person, which phone is theirs, and who is family.

No personal data is kept, and no hash of any. An issuer attests by signing beside the person; what
it has attested it can end, and a person's wallet and phone can always be taken back from who
bought them, after a notice that everybody can see.
"""

from seahorse.prelude import declare_id

from .register_issuer import register_issuer
from .register_self import register_self

declare_id("J5cBYNdneK2PRVyvj5uX4Gg4gMM4A2nhvrxAwhmWibzf")

__all__ = [
    "register_issuer",
    "register_self",
]

"""The family program: who is one person, which phone is theirs, and who is family.

No personal data is kept, and no hash of any. An issuer attests by signing beside the person; what
it has attested it can end, and a person's wallet and phone can always be taken back from who
bought them, after a notice that everybody can see.
"""

from seahorse.prelude import declare_id

from .announce_device import announce_device
from .announce_rebinding import announce_rebinding
from .attest_person import attest_person
from .cancel_device import cancel_device
from .cancel_rebinding import cancel_rebinding
from .consent import consent
from .finish_rebinding import finish_rebinding
from .found_family import found_family
from .join_family import join_family
from .leave_family import leave_family
from .register_issuer import register_issuer
from .register_self import register_self
from .remove_member import remove_member
from .renew_family import renew_family
from .renew_person import renew_person
from .revoke_family import revoke_family
from .revoke_person import revoke_person
from .shorten_rebinding import shorten_rebinding
from .update_issuer import update_issuer

declare_id("J5cBYNdneK2PRVyvj5uX4Gg4gMM4A2nhvrxAwhmWibzf")

__all__ = [
    "announce_device",
    "announce_rebinding",
    "attest_person",
    "cancel_device",
    "cancel_rebinding",
    "consent",
    "finish_rebinding",
    "found_family",
    "join_family",
    "leave_family",
    "register_issuer",
    "register_self",
    "remove_member",
    "renew_family",
    "renew_person",
    "revoke_family",
    "revoke_person",
    "shorten_rebinding",
    "update_issuer",
]

"""The SDK: typed instructions and accounts, RPC, wallet, device key, passes, the gateway's API.

    async with Rpc(url) as rpc:
        event = await Tickets(rpc).event(address)

`conting_client.generated.<program>` holds the instructions, accounts and error codes of a program.
"""

from conting_client._deploy import deploy
from conting_client._errors import (
    FAULTS,
    AccountFrozen,
    AccountMissing,
    BadSignature,
    ChainError,
    ChallengeRefused,
    ContingError,
    GatewayRefused,
    GatewayUnavailable,
    MalformedPass,
    OutcomeUnknown,
    PassError,
    ProgramFault,
    ProgramRefused,
    RpcRefused,
    RpcUnavailable,
    TransactionChanged,
    TransactionExpired,
    TransactionFailed,
    TransportError,
    WalletError,
)
from conting_client._rpc import AccountInfo, Blockhash, Commitment, Landed, Match, Rpc, Simulation
from conting_client._transactions import (
    build,
    ed25519_instruction,
    from_base64,
    instructions_of,
    missing_signers,
    require_same,
    sign,
    signers_of,
    to_base64,
)
from conting_client._wallet import Wallet, load_keypair, save_keypair
from conting_client.device import DeviceKey
from conting_client.gate import (
    EventFacts,
    GateFacts,
    GateReason,
    TicketFacts,
    Verdict,
    check_in_instructions,
    judge,
    read_pass,
)
from conting_client.gateway_api import GatewayClient
from conting_client.passes import (
    ANY_GATE,
    MAX_LIFETIME,
    Challenge,
    EntryMessage,
    Pass,
    device_key_hash,
)
from conting_client.persons import (
    device_key_of,
    read_person,
    register_self,
    self_person_address,
)
from conting_client.qr import to_png
from conting_client.rules import usual_rules
from conting_client.tickets import Stored, Tickets

__all__ = [
    "ANY_GATE",
    "FAULTS",
    "MAX_LIFETIME",
    "AccountFrozen",
    "AccountInfo",
    "AccountMissing",
    "BadSignature",
    "Blockhash",
    "ChainError",
    "Challenge",
    "ChallengeRefused",
    "Commitment",
    "ContingError",
    "DeviceKey",
    "EntryMessage",
    "EventFacts",
    "GateFacts",
    "GateReason",
    "GatewayClient",
    "GatewayRefused",
    "GatewayUnavailable",
    "Landed",
    "MalformedPass",
    "Match",
    "OutcomeUnknown",
    "Pass",
    "PassError",
    "ProgramFault",
    "ProgramRefused",
    "Rpc",
    "RpcRefused",
    "RpcUnavailable",
    "Simulation",
    "Stored",
    "TicketFacts",
    "Tickets",
    "TransactionChanged",
    "TransactionExpired",
    "TransactionFailed",
    "TransportError",
    "Verdict",
    "Wallet",
    "WalletError",
    "build",
    "check_in_instructions",
    "deploy",
    "device_key_hash",
    "device_key_of",
    "ed25519_instruction",
    "from_base64",
    "instructions_of",
    "judge",
    "load_keypair",
    "missing_signers",
    "read_pass",
    "read_person",
    "register_self",
    "require_same",
    "save_keypair",
    "self_person_address",
    "sign",
    "signers_of",
    "to_base64",
    "to_png",
    "usual_rules",
]

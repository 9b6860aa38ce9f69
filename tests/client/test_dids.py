"""DIDs, their documents and Multikeys: by the vectors and rules of W3C's specifications."""

import base64
from dataclasses import replace

import pytest
from conting_client import MalformedDid, P256Key
from conting_client.dids import Did, describe
from conting_client.generated.family import Family, Issuer, Person, Scheme
from conting_client.multikey import multikey, parse_multikey
from conting_client.persons import self_person_address
from solders.keypair import Keypair
from solders.pubkey import Pubkey

MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"  # CAIP-2's name of it, after `solana:`
ADDRESS = Pubkey.from_bytes(bytes(range(32)))
DID = f"did:conting:{MAINNET}:{ADDRESS}"
ZEROS = bytes(32)

# did:key's vectors: the same key as a Multikey and, in another form, as bytes.
ED25519_VECTORS = {
    "z6MkmjY8GnV5i9YTDtPETC2uUAW6ejw3nk5mXF5yci5ab7th": (
        "8HH5gYEeNc3z7PYXmd54d4x6qAfCNrqQqEB3nS7Zfu7K"
    ),
    "z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH": (
        "B12NYF8RrR3h41TDCTJojY59usg3mbtbjnFs7Eud1Y6u"
    ),
}
P256_VECTORS = {  # x and y of the JWK
    "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169": (
        "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
        "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU",
    ),
    "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv": (
        "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns",
        "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM",
    ),
}


def compressed(x: str, y: str) -> P256Key:
    ends = [base64.urlsafe_b64decode(each + "=") for each in (x, y)]
    return P256Key(bytes([2 + ends[1][-1] % 2]) + ends[0])


@pytest.mark.parametrize(("text", "key"), ED25519_VECTORS.items())
def test_multikeys_of_ed25519_are_those_of_the_vectors(text: str, key: str) -> None:
    assert multikey(Pubkey.from_string(key)) == text
    assert parse_multikey(text) == Pubkey.from_string(key)


@pytest.mark.parametrize(("text", "point"), P256_VECTORS.items())
def test_multikeys_of_p256_are_those_of_the_vectors(text: str, point: tuple[str, str]) -> None:
    assert multikey(compressed(*point)) == text
    assert parse_multikey(text) == compressed(*point)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "6MkmjY8GnV5i9YTDtPETC2uUAW6ejw3nk5mXF5yci5ab7th",  # no base
        "z6MkmjY8GnV5i9YTDtPETC2uUAW6ejw3nk5mXF5yci5ab7t0",  # 0 is no digit
        "z6MkmjY8GnV5i9YTDtPETC2uUAW6ejw3nk5mXF5yci5ab7",  # too short
        "z6LShs9GGnqk85isEBzzshkuVWrVKsRp24GnDuHk8QWkARMW",  # X25519: not of our kinds
        "z" + "1" * 100_000,
        "zDnaehfHR8Q5U7ckmLQfuZ3eGEypooJ46zzjRQ1AR9asDvdnv",  # 02 and all ones: x is too large
        "zDnaezxX5mVJ5Vxnm3ahqDX9Uj5Q6HwudRGVLSTnQ4tLbBvMv",  # 04: not compressed
    ],
)
def test_what_is_no_multikey(text: str) -> None:
    with pytest.raises(MalformedDid):
        parse_multikey(text)


def test_a_did_names_chain_and_account() -> None:
    did = Did.parse(DID)
    assert (did.chain, did.address, str(did)) == (MAINNET, ADDRESS, DID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did",
        "did:conting",
        f"did:conting:{ADDRESS}",
        f"did:conting:{MAINNET}",
        f"did:conting:{MAINNET}:",
        f"did:conting:{MAINNET}:{ADDRESS}:",
        f"did:conting:{MAINNET}:{ADDRESS}#wallet",
        f"did:conting:{MAINNET}:{ADDRESS}/path",
        f"did:conting:{MAINNET}:{ADDRESS}?versionId=1",
        f"did:conting:{MAINNET}:{ADDRESS}\n",
        f"did:conting:{MAINNET}0:{ADDRESS}",
        f"did:Conting:{MAINNET}:{ADDRESS}",
        f"DID:conting:{MAINNET}:{ADDRESS}",
        f"did:conting:{MAINNET}:1{ADDRESS}",
        f"did:conting:{MAINNET}:%31",
        "did:key:z6MkmjY8GnV5i9YTDtPETC2uUAW6ejw3nk5mXF5yci5ab7th",
    ],
)
def test_what_is_no_did_of_ours(text: str) -> None:
    with pytest.raises(MalformedDid):
        Did.parse(text)


def person(**changes: object) -> Person:
    usual = Person(
        issuer=ADDRESS,
        nullifier=Keypair().pubkey(),
        bump=0,
        wallet=Keypair().pubkey(),
        scheme=Scheme.ED25519,
        device=bytes(Keypair().pubkey()) + b"\0",
        valid_until=1_800_000_000,
        revoked=False,
        membership=ZEROS,
        member_since=0,
        left_at=0,
        next_wallet=Pubkey.default(),
        next_scheme=Scheme.ED25519,
        next_device=bytes(33),
        rebinds_at=0,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_a_person_authenticates_with_wallet_and_phone_and_asserts_with_the_wallet() -> None:
    phone = next(iter(P256_VECTORS))
    who = person(scheme=Scheme.SECP256R1, device=bytes(parse_multikey(phone)))
    document = describe(Did.parse(DID), who).document
    assert document is not None
    wallet, device = (f"{DID}#{multikey(who.wallet)}", f"{DID}#{phone}")
    assert document["id"] == DID
    assert document["controller"] == f"did:conting:{MAINNET}:{who.issuer}"
    assert document["authentication"] == [wallet, device]
    assert document["assertionMethod"] == [wallet]
    for method, name in zip(document["verificationMethod"], (wallet, device), strict=True):
        assert method == {
            "id": name,
            "type": "Multikey",
            "controller": DID,
            "publicKeyMultibase": name.partition("#")[2],
            "expires": "2027-01-15T08:00:00Z",
        }


def test_a_person_without_issuer_is_its_own_controller_and_does_not_expire() -> None:
    wallet = Keypair().pubkey()
    own = Did(MAINNET, self_person_address(wallet))
    who = person(issuer=wallet, wallet=wallet, nullifier=Pubkey.default(), valid_until=2**63 - 1)
    document = describe(own, who).document
    assert document is not None
    assert "controller" not in document
    assert all("expires" not in each for each in document["verificationMethod"])


def test_keys_with_which_nobody_can_sign_are_left_out() -> None:
    program = self_person_address(ADDRESS)  # off the curve
    no_point = bytes([2]) + b"\xff" * 32
    who = person(wallet=program, scheme=Scheme.SECP256R1, device=no_point)
    document = describe(Did.parse(DID), who).document
    assert document is not None
    assert document.keys() == {"@context", "id", "controller"}


def test_one_key_as_wallet_and_phone_is_one_method() -> None:
    wallet = Keypair().pubkey()
    document = describe(
        Did.parse(DID), person(wallet=wallet, device=bytes(wallet) + b"\0")
    ).document
    assert document is not None
    assert len(document["verificationMethod"]) == len(document["authentication"]) == 1


def test_the_version_goes_with_the_document_and_with_nothing_else() -> None:
    did, before = Did.parse(DID), person()
    version = describe(did, before).metadata["versionId"]
    assert describe(did, replace(before, membership=b"\1" * 32)).metadata["versionId"] == version
    pending = replace(before, next_wallet=ADDRESS, rebinds_at=5)
    assert describe(did, pending).metadata["versionId"] == version
    moved = replace(before, wallet=Keypair().pubkey())
    assert describe(did, moved).metadata["versionId"] != version


def test_who_was_revoked_has_no_document() -> None:
    found = describe(Did.parse(DID), person(revoked=True))
    assert found.to_json() == {
        "didDocument": None,
        "didResolutionMetadata": {},
        "didDocumentMetadata": {"deactivated": True},
    }


def family(**changes: object) -> Family:
    usual = Family(
        issuer=ADDRESS,
        id=ADDRESS,
        bump=0,
        guardian=Keypair().pubkey(),
        size=3,
        version=5,
        root=b"\2" * 32,
        valid_until=1_800_000_000,
        revoked=False,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_a_family_shows_its_guardians_key_and_no_member() -> None:
    kin = family()
    document = describe(Did.parse(DID), kin).document
    assert document is not None
    assert document["authentication"] == [f"{DID}#{multikey(kin.guardian)}"]
    assert document.keys() == {
        "@context", "id", "controller", "verificationMethod", "authentication",
    }  # fmt: skip
    assert describe(Did.parse(DID), replace(kin, revoked=True)).deactivated


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://post.example/did.json", True),
        ("", False),
        ("javascript:alert(1)", False),
        ("https://post.example/ and more", False),
        ('https://post.example/"', False),
    ],
)
def test_an_issuer_vouches_with_its_authority(uri: str, *, shown: bool) -> None:
    who = Issuer(
        founder=ADDRESS,
        bump=0,
        authority=Keypair().pubkey(),
        help_desk=Keypair().pubkey(),
        notice=0,
        cool_down=0,
        name="Post",
        uri=uri,
    )
    document = describe(Did.parse(DID), who).document
    assert document is not None
    authority, desk = (f"{DID}#{multikey(each)}" for each in (who.authority, who.help_desk))
    assert [each["id"] for each in document["verificationMethod"]] == [authority, desk]
    for relation in ("authentication", "assertionMethod", "capabilityInvocation"):
        assert document[relation] == [authority]
    endpoints = [each["serviceEndpoint"] for each in document.get("service", [])]
    assert endpoints == ([uri] if shown else [])

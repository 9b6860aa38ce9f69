"""What signing in sends and receives."""

from pydantic import BaseModel, Field

from conting_gateway.schemas import Address


class NonceRequest(BaseModel):
    """Who wants to sign in."""

    wallet: Address


class NonceAnswer(BaseModel):
    """What the wallet has to sign, exactly as it stands."""

    nonce: str = Field(examples=["8f14e45fceea167a5a36dedd4bea2543"])
    message: str
    expires_at: int = Field(description="Unix seconds", examples=[1_760_000_120])


class SignInRequest(BaseModel):
    """The wallet's answer."""

    wallet: Address
    nonce: str = Field(max_length=64)
    signature: str = Field(description="Ed25519, base58", max_length=128)


class SessionAnswer(BaseModel):
    """A session: send the token as `Authorization: Bearer …`."""

    token: str
    expires_at: int = Field(description="Unix seconds", examples=[1_760_000_900])

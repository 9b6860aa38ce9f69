"""The gateways of these tests write down what happens on chain."""

from tests.gateway.historian import gateway

__all__ = ["gateway"]

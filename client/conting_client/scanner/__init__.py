"""A scanner: decides with the gateway or by its manifest, and forgets nothing it admitted."""

from conting_client.scanner.alarms import Alarm, Outside
from conting_client.scanner.connection import Connection, Offline
from conting_client.scanner.desk import Scanner
from conting_client.scanner.entries import EntryWriter
from conting_client.scanner.keeper import Keeper
from conting_client.scanner.log import GateLog, LogFault
from conting_client.scanner.upkeep import Upkeep
from conting_client.scanner.verdicts import ScanVerdict

__all__ = [
    "Alarm",
    "Connection",
    "EntryWriter",
    "GateLog",
    "Keeper",
    "LogFault",
    "Offline",
    "Outside",
    "ScanVerdict",
    "Scanner",
    "Upkeep",
]

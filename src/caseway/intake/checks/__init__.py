"""What a file is before it is taken in: its name, its kind, how it unpacks, and whether it is harmful."""

from caseway.intake.checks.filename import clean_filename
from caseway.intake.checks.malware import ClamdScanner, EicarScanner, Scanner, Verdict, open_scanner
from caseway.intake.checks.media_type import DENIED, MediaType, refuse_denied, sniff
from caseway.intake.checks.zip_bomb import ZipFacts, ZipLimits, check_zip

__all__ = [
    "DENIED",
    "ClamdScanner",
    "EicarScanner",
    "MediaType",
    "Scanner",
    "Verdict",
    "ZipFacts",
    "ZipLimits",
    "check_zip",
    "clean_filename",
    "open_scanner",
    "refuse_denied",
    "sniff",
]

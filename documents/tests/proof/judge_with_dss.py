"""Judges a file's signatures with the lists that it carries itself and nothing else: FILE ROOT.pem…"""

import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def root(path):
    with open(path, "rb") as file:
        return x509.Certificate.load(pem.unarmor(file.read())[2])


roots = [root(path) for path in sys.argv[2:]]
with open(sys.argv[1], "rb") as file:
    reader = PdfFileReader(file)
    kept = DocumentSecurityStore.read_dss(reader)
    for signature in reader.embedded_signatures:
        # without a list that speaks of the certificate, this fails
        strict = {"trust_roots": roots, "allow_fetching": False, "revocation_mode": "hard-fail"}
        time = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = validate_pdf_signature(signature, kept.as_validation_context(strict), time)
        print(signature.field_name, status.bottom_line, status.summary())

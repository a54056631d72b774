"""A certificate authority of a test's own, and what it vouches for."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Authority:
    """``file`` holds its certificate; ``trusted`` is a server at ``host``, ``elsewhere`` another one's."""

    file: Path
    trusted: ssl.SSLContext
    elsewhere: ssl.SSLContext


def make_authority(folder: Path, *, host: str = "127.0.0.1", days: float = 1) -> Authority:
    """``days``: for which what it vouches for is valid, from now on; below 0 it has ended."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of our own")])
    root = _certificate(name, name, key, key, x509.BasicConstraints(ca=True, path_length=None))
    file = folder / "authority.pem"
    file.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    there = x509.SubjectAlternativeName([x509.DNSName("mail.elsewhere.example")])
    return Authority(
        file,
        _server(folder / "here", name, key, here, days=days),
        _server(folder / "there", name, key, there),
    )


def _server(
    folder: Path,
    issuer: x509.Name,
    root: ec.EllipticCurvePrivateKey,
    names: x509.SubjectAlternativeName,
    *,
    days: float = 1,
) -> ssl.SSLContext:
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    certificate = _certificate(subject, issuer, key, root, names, days=days)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    root: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
    *,
    days: float = 1,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(extension, critical=False)
        .sign(root, hashes.SHA256())
    )

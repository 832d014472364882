"""The private directory of one local AWS: certificate, `node` link, and whatever its services write."""

import dataclasses
import datetime
import ipaddress
import os
import shutil
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local import toolchain


@dataclasses.dataclass(frozen=True)
class WorkingDirectory:
    """Paths under one temporary directory; the server and the programs that talk to it share them."""

    root: Path

    @classmethod
    def create(cls) -> "WorkingDirectory":
        directory = cls(Path(tempfile.mkdtemp(prefix="local-aws-")))
        directory.state.mkdir()
        directory.bin.mkdir()
        # Only `node` itself: the wheel's own bin folder carries an npm that does not run from there.
        (directory.bin / "node").symlink_to(toolchain.node())
        return directory

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def certificate(self) -> Path:
        return self.root / "certificate.pem"

    @property
    def private_key(self) -> Path:
        return self.root / "private-key.pem"

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)

    def path_variable(self) -> str:
        """`node`, then the Python that has the CDK and boto3: an app started as `python` must find them."""
        return os.pathsep.join([str(self.bin), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

    def issue_certificate(self) -> None:
        """A self-signed certificate for the loopback address, of which this directory holds the only key."""
        key = ec.generate_private_key(ec.SECP256R1())
        self.certificate.write_bytes(_self_signed(key).public_bytes(serialization.Encoding.PEM))
        self.private_key.touch(mode=0o600)
        self.private_key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local AWS")])
    now = datetime.datetime.now(datetime.UTC)
    public = key.public_key()
    hosts = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=7))
        .add_extension(hosts, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        # Python 3.13 refuses a trust anchor that is no CA, and one that may not sign certificates.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(), critical=True)
        .sign(key, hashes.SHA256())
    )


def _key_usage() -> x509.KeyUsage:
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        encipher_only=False,
        decipher_only=False,
        **dict.fromkeys(unused, False),
    )

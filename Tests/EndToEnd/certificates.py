"""A certificate authority of our own, made with the `openssl` command, for an AWS that speaks TLS."""

import os
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class Authority:
    """A self-signed CA in a folder of its own; `certificate` is the path of its PEM file."""

    def __init__(self, folder, name):
        os.makedirs(folder, exist_ok=True)
        self.folder = str(folder)
        self.certificate = os.path.join(self.folder, "ca.pem")
        self._key = os.path.join(self.folder, "ca.key")
        _openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate,
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )

    def issue(self, name, alternatives, days=2):
        """(certificate, key) paths for a server with these subjectAltNames."""
        path = os.path.join(self.folder, name)
        extensions = path + ".ext"
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={alternatives}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        _openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", path + ".key", "-out", path + ".csr",
        )
        _openssl(
            "x509", "-req", "-in", path + ".csr", "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
            "-days", str(days), "-extfile", extensions, "-out", path + ".pem",
        )
        return path + ".pem", path + ".key"

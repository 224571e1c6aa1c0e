# SPDX-License-Identifier: Apache-2.0
"""A certification authority of our own, and the certificates of the partners: good, expired, for another name.

Made with the openssl command in a folder that the simulator removes when it ends.
"""
import ssl
import subprocess

KINDS = ("valid", "expired", "wrong-name", "untrusted")


def _openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


class Certificates:
    def __init__(self, folder):
        self.folder = folder
        self._authority("ca", "Vigie simulator CA")
        self._authority("stranger", "Unknown CA")
        _openssl(folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=partner.example")

    @property
    def authority(self):
        """The path of the CA certificate that clients are to trust."""
        return str(self.folder / "ca.pem")

    def _authority(self, name, subject):
        _openssl(self.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "30", "-subj", f"/CN={subject}")
        (self.folder / f"{name}.index").touch()
        (self.folder / f"{name}.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndir=.\ndatabase={name}.index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n"
            f"policy=p\nunique_subject=no\ncopy_extensions=none\n[p]\ncommonName=supplied\n")

    def make(self, name, host, domain, kind):
        """(certificate, key) files of one kind for a partner."""
        if kind not in KINDS:
            raise ValueError(f"tls: one of {list(KINDS)}")
        pem, ext = f"{name}-{kind}.pem", f"{name}-{kind}.ext"
        names = f"DNS:{domain},DNS:*.{domain},IP:{host}" if kind != "wrong-name" else "DNS:quelqu-un-d-autre.example"
        (self.folder / ext).write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        dates = ["20200101000000Z", "20210101000000Z"] if kind == "expired" else ["20240101000000Z", "20491231000000Z"]
        signer = "stranger" if kind == "untrusted" else "ca"
        _openssl(self.folder, "ca", "-batch", "-notext", "-config", f"{signer}.cnf", "-cert", f"{signer}.pem", "-keyfile",
                 f"{signer}.key", "-in", "leaf.csr", "-out", pem, "-extfile", ext, "-startdate", dates[0], "-enddate", dates[1])
        return str(self.folder / pem), str(self.folder / "leaf.key")

    def context(self, name, host, domain, kind="valid"):
        """A server's TLS context with a certificate of that kind."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.make(name, host, domain, kind))
        return context


def door(current):
    """A server's TLS context without a certificate: each handshake asks current() for the context that has one."""
    def choose(connection, _name, _door):
        connection.context = current()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = choose
    return context

from pathlib import Path

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from compiler.sandbox.certificates import ADMINISTRATORS, Certificates
from compiler.sandbox.kubeconfig import CONTEXT, write_kubeconfig


def certificates(tmp_path: Path) -> Certificates:
    created = Certificates(tmp_path)
    created.create()
    return created


def test_all_files_are_private(tmp_path: Path) -> None:
    certificates(tmp_path)
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert len(modes) == 7
    assert set(modes.values()) == {0o600}


def test_the_administrator_is_in_the_group_that_may_do_everything(tmp_path: Path) -> None:
    pem = certificates(tmp_path).administrator.certificate.read_bytes()
    subject = x509.load_pem_x509_certificate(pem).subject
    (organization,) = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organization.value == ADMINISTRATORS


def test_certificates_are_made_once(tmp_path: Path) -> None:
    first = certificates(tmp_path).authority.read_bytes()
    assert certificates(tmp_path).authority.read_bytes() == first


def test_a_kubeconfig_is_private_and_needs_no_other_file(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    write_kubeconfig(kubeconfig, server="https://127.0.0.1:1", certificates=certificates(tmp_path))
    content = yaml.safe_load(kubeconfig.read_text())
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert content["current-context"] == CONTEXT == "kuplet-sandbox"
    assert str(tmp_path) not in kubeconfig.read_text()

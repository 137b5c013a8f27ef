"""Certificates for scenarios with TLS."""
import subprocess

KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')


def certificates(folder) -> None:
    """An authority, a server's certificate for 127.0.0.1, a client's, and a stranger's of no authority."""
    for name in ('ca', 'stranger'):
        openssl(folder, 'req', '-x509', *KEY, '-keyout', f'{name}.key', '-out', f'{name}.pem', '-days', 2, '-subj', f'/CN={name}')
    (folder / 'names').write_text('subjectAltName=IP:127.0.0.1')
    for name in ('server', 'client'):
        sign(folder, name)


def sign(folder, name: str) -> None:
    """A new key and a new certificate by the authority."""
    openssl(folder, 'req', *KEY, '-keyout', f'{name}.key', '-out', f'{name}.csr', '-subj', f'/CN={name}')
    openssl(folder, 'x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', 2,
            '-extfile', 'names', '-out', f'{name}.pem')


def openssl(folder, *words) -> None:
    subprocess.run(['openssl', *map(str, words)], cwd=folder, check=True, capture_output=True)

"""pki: a phone maker's certificate authority shaped like Snom's, for tests only.

In:   the openssl tool of the site root.
Out:  a root, an issuing authority "Snom Phone 1 SHA-256", and device certificates (RSA 2048, common name = MAC in
      capitals) in one directory; private keys are readable by their owner alone.
Not:  nothing of Snom's: only the names are alike. The appliance's own authority is another one.

Variants of a device: good, wrong-issuer (the same names, other keys), other-mac (CN of another phone), expired,
early (not yet valid), self-signed, server-only (extended key usage is serverAuth), own-ca (a CA that somebody made at home),
old (of the maker's first root: RSA 1024 and SHA-1 throughout).
"""
import fcntl
import os
import pathlib
import re

ORGANISATION = '/C=DE/O=snom technology AG'
ROOT_NAME = ORGANISATION + '/CN=snom technology AG SHA-256 CA'
ISSUER_NAME = ORGANISATION + '/CN=Snom Phone 1 SHA-256'
OLD_ORGANISATION = '/C=DE/O=Snom Technology AG'
OLD_ROOT_NAME = OLD_ORGANISATION + '/CN=Snom Technology AG CA'
OLD_ISSUER_NAME = OLD_ORGANISATION + '/CN=Snom Phone 1'
HOME_NAME = '/O=Tinker at home/CN=My own phone CA'
VALID = ('20200101000000Z', '20451231235959Z')
PAST = ('20150101000000Z', '20200101000000Z')
FUTURE = ('20900101000000Z', '20990101000000Z')

_CA = ('basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n'
       'subjectKeyIdentifier = hash\n')
_DEVICE = ('basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature, keyEncipherment\n'
           'extendedKeyUsage = {usage}\nsubjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n')


def capitals(mac):
    digits = re.sub('[^0-9A-Fa-f]', '', mac).upper()
    if len(digits) != 12:
        raise ValueError(f'{mac!r} is no MAC address')
    return digits


class Certificate:
    """Where one certificate is. chain: the certificate and what a phone sends along; key: its private key."""

    def __init__(self, folder, name):
        self.certificate = folder / f'{name}.crt'
        self.chain = folder / f'{name}.chain'
        self.key = folder / f'{name}.key'

    def there(self):
        return self.key.exists() and self.certificate.exists() and self.chain.exists()


class Authority:
    """Makes certificates with its own key in its own folder."""

    def __init__(self, tools, folder, subject, issuer=None, key='rsa:2048', valid=VALID, digest='sha256'):
        self.tools, self.folder, self.subject, self.parent = tools, pathlib.Path(folder), subject, issuer
        self.digest = digest
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.own = self.issue_for('authority', subject, _CA, valid=valid, key=key, by=issuer, chain=())

    def issue(self, name, subject, extensions, valid=VALID, key='rsa:2048', send_issuer=True):
        return self.issue_for(name, subject, extensions, valid, key, self, [self.own] if send_issuer else [])

    def issue_for(self, name, subject, extensions, valid, key, by, chain):
        with open(self.folder / 'lock', 'w') as lock:       # several test runs share one folder
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._issue(Certificate(self.folder, name), name, subject, extensions, valid, key, by, chain)

    def _issue(self, made, name, subject, extensions, valid, key, by, chain):
        if made.there():
            return made
        self._key(made.key, key)
        request = self.folder / f'{name}.csr'
        settings = self.folder / f'{name}.ext'
        settings.write_text('[ext]\n' + extensions)
        openssl = self.tools.run
        openssl(['openssl', 'req', '-new', '-utf8', '-key', made.key, '-subj', subject, '-out', request])
        signer = ['-signkey', made.key] if by is None else ['-CA', by.own.certificate, '-CAkey', by.own.key]
        openssl(['openssl', 'x509', '-req', f'-{self.digest}', '-in', request, *signer, '-set_serial',
                 '0x' + os.urandom(8).hex(), '-not_before', valid[0], '-not_after', valid[1],
                 '-extfile', settings, '-extensions', 'ext', '-out', made.certificate])
        text = made.certificate.read_text()
        made.chain.write_text(text + ''.join(other.certificate.read_text() for other in chain))
        request.unlink()
        settings.unlink()
        return made

    def _key(self, path, kind):
        """The file exists with its final mode before the tool writes the key into it."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        if kind.startswith('rsa:'):
            how = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:' + kind[4:]]
        else:
            how = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:' + kind]
        self.tools.run(['openssl', 'genpkey', *how, '-out', path])
        os.chmod(path, 0o600)


class Pki:
    """The test maker: `folder` must be seen by the site root at the same path (Tools.work is)."""

    def __init__(self, tools, folder):
        self.tools, self.folder = tools, pathlib.Path(folder)
        self.root = Authority(tools, self.folder / 'root', ROOT_NAME)
        self.issuing = Authority(tools, self.folder / 'issuing', ISSUER_NAME, self.root)
        self._impostor = self._old = self._home = None

    def authorities_pem(self, old=False):
        """What an admin uploads as phone_ca; old: with the first root and its issuing authority."""
        made = [self.root, self.issuing] + ([self.old().parent, self.old()] if old else [])
        return ''.join(authority.own.certificate.read_text() for authority in made)

    def device(self, mac, kind='good'):
        mac = capitals(mac)
        name, subject = f'{mac}-{kind}', f'{ORGANISATION}/CN={mac}'
        extensions = _DEVICE.format(usage='serverAuth' if kind == 'server-only' else 'clientAuth')
        if kind in ('good', 'server-only'):
            return self.issuing.issue(name, subject, extensions)
        if kind == 'other-mac':
            other = mac[:6] + f'{int(mac[6:], 16) ^ 0xffffff:06X}'
            return self.issuing.issue(name, f'{ORGANISATION}/CN={other}', extensions)
        if kind in ('expired', 'early'):
            return self.issuing.issue(name, subject, extensions, valid=PAST if kind == 'expired' else FUTURE)
        if kind == 'wrong-issuer':
            return self.impostor().issue(name, subject, extensions)
        if kind == 'own-ca':
            return self.home().issue(name, subject, extensions)
        if kind == 'old':
            return self.old().issue(name, f'{OLD_ORGANISATION}/CN={mac}', extensions, key='rsa:1024')
        if kind == 'self-signed':
            return self.issuing.issue_for(name, subject, extensions.replace('authorityKeyIdentifier = keyid\n', ''),
                                          VALID, 'rsa:2048', None, [])
        raise ValueError(f'no variant {kind!r} of a device certificate')

    def old(self):
        """The maker's first authority, of 2008."""
        if self._old is None:
            root = Authority(self.tools, self.folder / 'old-root', OLD_ROOT_NAME, key='rsa:1024', digest='sha1')
            self._old = Authority(self.tools, self.folder / 'old', OLD_ISSUER_NAME, root, key='rsa:1024', digest='sha1')
        return self._old

    def home(self):
        """Somebody's own."""
        if self._home is None:
            self._home = Authority(self.tools, self.folder / 'home', HOME_NAME)
        return self._home

    def impostor(self):
        """Another maker with the very same names."""
        if self._impostor is None:
            root = Authority(self.tools, self.folder / 'impostor-root', ROOT_NAME)
            self._impostor = Authority(self.tools, self.folder / 'impostor', ISSUER_NAME, root)
        return self._impostor

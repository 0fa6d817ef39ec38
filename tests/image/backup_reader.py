"""backup_reader: what is in a backup, by docs/backup.md and docs/pki.md alone.

In:   the bytes of a backup, its passphrase; openssl of the site root for what Python's library has not.
Out:  {name: bytes} of its records; pki's sealed files opened.
Not:  no code of the product, and no check of a seal: a wrong passphrase gives nonsense.
"""
import hashlib
import hmac
import pathlib
import struct

HEAD, CHUNK, TAG = 144, 65536, 16
INFO = b'provost backup 1 file'
PRIVATE = bytes.fromhex('302e020100300506032b656e04220420')     # what stands before an X25519 key in DER
PUBLIC = bytes.fromhex('302a300506032b656e032100')


class Openssl:
    def __init__(self, tools):
        self.tools = tools
        self.work = pathlib.Path(tools.work)

    def run(self, *argv, **files):
        """Its standard output; files: written for it, named where the words say NAME=."""
        paths = {}
        for name, data in files.items():
            paths[name] = self.work / f'reader-{name}'
            paths[name].write_bytes(data)
        try:
            return self.tools.run(['openssl', *(str(paths.get(word, word)) for word in argv)])[1]
        finally:
            for path in paths.values():
                path.unlink()

    def argon2id(self, passphrase, salt, memory_kib, passes, lanes):
        return self.run('kdf', '-binary', '-keylen', '64', '-kdfopt', f'hexpass:{passphrase.encode().hex()}', '-kdfopt', f'hexsalt:{salt.hex()}',
                        '-kdfopt', f'memcost:{memory_kib}', '-kdfopt', f'iter:{passes}', '-kdfopt', f'lanes:{lanes}', 'ARGON2ID')

    def agree(self, private, public):
        return self.run('pkeyutl', '-derive', '-keyform', 'DER', '-inkey', 'own', '-peerform', 'DER', '-peerkey', 'other',
                        own=PRIVATE + private, other=PUBLIC + public)

    def gcm(self, key, nonce, sealed):
        """AES-256-GCM without a look at its tag: counter mode from 2 on."""
        return self.run('enc', '-d', '-aes-256-ctr', '-K', key.hex(), '-iv', nonce.hex() + '00000002', '-in', 'sealed', sealed=sealed)


def file_key(openssl, head, passphrase):
    memory_kib, passes, lanes = struct.unpack('>III', head[20:32])
    secrets = openssl.argon2id(passphrase, head[32:48], memory_kib, passes, lanes)
    shared = openssl.agree(secrets[:32], head[80:112])
    middle = hmac.new(head, shared + secrets[32:], hashlib.sha256).digest()
    return hmac.new(middle, INFO + b'\1', hashlib.sha256).digest()


def read(tools, data, passphrase):
    """{name: bytes} of a backup."""
    openssl = Openssl(tools)
    head = data[:HEAD]
    key, plain = file_key(openssl, head, passphrase), b''
    for number, at in enumerate(range(HEAD, len(data), CHUNK + TAG)):
        sealed = data[at:at + CHUNK + TAG]
        is_last = at + CHUNK + TAG >= len(data)
        plain += openssl.gcm(key, bytes(3) + struct.pack('>QB', number, is_last), sealed[:-TAG])
    return records(plain)


def records(plain):
    found, at = {}, 0
    while length := struct.unpack_from('>H', plain, at)[0]:
        name = plain[at + 2:at + 2 + length].decode()
        size, = struct.unpack_from('>Q', plain, at + 2 + length)
        at += 2 + length + 8
        found[name] = plain[at:at + size]
        at += size
    return found


def sealed_file(tools, files, name):
    """One of pki's files, opened with the key that the backup has."""
    sealed = files[f'pki/{name}.sealed']
    return Openssl(tools).gcm(files['credentials/pki.key'], sealed[8:20], sealed[20:-TAG])

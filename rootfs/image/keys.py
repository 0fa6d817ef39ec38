"""keys: the builder's keys, and what is signed with them.

In:  KEYS=DIR (build/keys when it is not given); made there when it is empty.
Out: signed EFI programs, the lists that enrol our keys, the certificates that the image carries.
Not: no bundle (bundle.py signs it with update.key), no policy for the TPM (ukify makes it with pcr.key).

    PK KEK db    .key .pem .auth   Secure Boot: who may change the lists; what starts
    pcr          .key .pub.pem     which kernel images open the data partition
    update-ca    .key .pem         who may sign updates; its certificate is in the image
    update       .key .pem         signs updates; issued by update-ca

Who has these files can make updates and kernel images that our appliances take: the folder is the builder's alone.
"""
import os
import pathlib
import shutil
import time
import uuid

from common import BASE, BUILD_ROOT, epoch, say, stop, tool

KEYS = pathlib.Path(os.environ.get('KEYS') or BASE / 'keys').absolute()
BEGIN, END = '20260101000000Z', '20460101000000Z'     # not from today: a machine whose clock stands at its image's time must take them
FILES = ('owner', 'PK.key', 'PK.pem', 'PK.auth', 'KEK.key', 'KEK.pem', 'KEK.auth', 'db.key', 'db.pem', 'db.auth', 'pcr.key', 'pcr.pub.pem',
         'update-ca.key', 'update-ca.pem', 'update.key', 'update.pem')
os.environ['PROVOST_BIND'] = f'{os.environ.get("PROVOST_BIND", "")} {KEYS}'.strip() if KEYS.is_dir() else os.environ.get('PROVOST_BIND', '')

MAKE = '''
set -e
umask 077
cd "$1"; begin=$2; end=$3
authority() { # file, name, bits, more
        openssl req -x509 -newkey "rsa:$3" -noenc -sha256 -not_before "$begin" -not_after "$end" -subj "/O=Provost/CN=$2" \\
                -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature \\
                -keyout "$1.key" -out "$1.pem"
}
authority PK 'Provost Secure Boot platform key' 2048
authority KEK 'Provost Secure Boot key exchange key' 2048
openssl req -x509 -newkey rsa:2048 -noenc -sha256 -not_before "$begin" -not_after "$end" -subj "/O=Provost/CN=Provost Secure Boot signature key" \\
        -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=codeSigning \\
        -keyout db.key -out db.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out pcr.key
openssl pkey -in pcr.key -pubout -out pcr.pub.pem
authority update-ca 'Provost update authority' 3072
openssl req -newkey rsa:3072 -noenc -sha256 -subj "/O=Provost/CN=Provost update signer" -keyout update.key -out update.csr
printf '%s\\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning \\
        authorityKeyIdentifier=keyid subjectKeyIdentifier=hash >update.ext
openssl x509 -req -in update.csr -CA update-ca.pem -CAkey update-ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -not_before "$begin" \\
        -not_after "$end" -extfile update.ext -out update.pem
rm update.csr update.ext
for name in PK KEK db; do
        cert-to-efi-sig-list -g "$(cat owner)" "$name.pem" "$name.esl"
done
sign-efi-sig-list -g "$(cat owner)" -t '2026-01-01 00:00:00' -k PK.key -c PK.pem PK PK.esl PK.auth
sign-efi-sig-list -g "$(cat owner)" -t '2026-01-01 00:00:00' -k PK.key -c PK.pem KEK KEK.esl KEK.auth
sign-efi-sig-list -g "$(cat owner)" -t '2026-01-01 00:00:00' -k KEK.key -c KEK.pem db db.esl db.auth
rm PK.esl KEK.esl db.esl
'''


def ensure():
    """The folder with all keys; they are made, and that is said, when there are none."""
    missing = [name for name in FILES if not (KEYS / name).exists()]
    if not missing:
        return KEYS
    if len(missing) != len(FILES) or (KEYS.is_dir() and any(KEYS.iterdir())):
        stop(f'{KEYS} lacks {", ".join(missing)}: restore the folder from your copy, or name an empty one to get keys of its own')
    fresh = BASE / f'keys.new.{os.getpid()}'         # the build root sees BASE
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    (fresh / 'owner').write_text(f'{uuid.uuid4()}\n')
    tool('sh', '-c', MAKE, 'keys', fresh, BEGIN, END)
    for path in fresh.iterdir():
        path.chmod(0o600)
    KEYS.parent.mkdir(parents=True, exist_ok=True)
    if KEYS.is_dir():
        KEYS.rmdir()
    shutil.move(fresh, KEYS)
    os.environ['PROVOST_BIND'] = f'{os.environ.get("PROVOST_BIND", "")} {KEYS}'.strip()
    say(f'new keys in {KEYS}: who has them can sign updates and kernels. Keep a copy of that folder; without it no update fits')
    return KEYS


def at_a_fixed_time():
    """Words before a command of the build root: its clock stands still at the image's time, and its signatures have that time."""
    library = next((BUILD_ROOT / 'usr/lib').glob('*/faketime/libfaketime.so.1'), None)
    if not library:
        stop(f'{BUILD_ROOT} has no libfaketime')
    moment = time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(epoch()))
    return ['env', f'LD_PRELOAD=/{library.relative_to(BUILD_ROOT)}', f'FAKETIME={moment}', 'TZ=UTC']


def sign(source, target, folder=None):
    """An EFI program signed for Secure Boot with db; the same bytes each time."""
    folder = folder or ensure()
    tool(*at_a_fixed_time(), '/usr/lib/systemd/systemd-sbsign', 'sign', f'--private-key={folder / "db.key"}',
         f'--certificate={folder / "db.pem"}', f'--output={target}', source)


def fingerprint():
    """What of the keys is in the image."""
    folder = ensure()
    return [folder / name for name in FILES if not name.endswith('.key')]

"""Keys: a master key made on this machine, a data key per person, keyed hashes, SM3.

A person's data key is stored wrapped by the master key. Rotation wraps the same data key anew,
erasure destroys it; cipher texts, and the hashes over them, never change.
"""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SM3, Hash

from backend.kernel.errors import WrongSetting

KEY_BYTES = 32
_NONCE_BYTES = 12
_SM3_BLOCK = 64
_SECRET_BYTES = 16


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905-2016), 32 bytes."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()


def _keyed_sm3(key: bytes, data: bytes) -> bytes:
    padded = key.ljust(_SM3_BLOCK, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + data)
    return sm3(bytes(byte ^ 0x5C for byte in padded) + inner)


def encrypt(key: bytes, text: str, bound_to: str) -> str:
    """Encrypt `text` with AES-256-GCM, bound to an owner; returns base64 of nonce and cipher."""
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(key).encrypt(nonce, text.encode("utf-8"), bound_to.encode("utf-8"))
    return base64.b64encode(nonce + cipher).decode("ascii")


def decrypt(key: bytes, sealed: str, bound_to: str) -> str:
    """Undo `encrypt`; raises `WrongSetting` where the key does not fit."""
    raw = base64.b64decode(sealed)
    try:
        plain = AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
    except InvalidTag as error:
        raise WrongSetting("密钥与数据不符，无法解密。", code="wrong_key") from error
    return plain.decode("utf-8")


def new_data_key() -> bytes:
    """Make a data key for one person."""
    return os.urandom(KEY_BYTES)


@dataclass(frozen=True, repr=False)
class KeyRing:
    """The master keys, newest last, and the key of keyed hashes.

    `wrap` uses the newest master key; `unwrap` takes the version it was wrapped with.
    """

    masters: tuple[bytes, ...]
    hashing: bytes

    @property
    def version(self) -> int:
        """The version (1, 2, …) that `wrap` uses."""
        return len(self.masters)

    def wrap(self, data_key: bytes, person: str) -> str:
        """Wrap a person's data key by the newest master key."""
        return encrypt(self.masters[-1], data_key.hex(), person)

    def unwrap(self, wrapped: str, version: int, person: str) -> bytes:
        """Unwrap a person's data key that was wrapped by master key `version`."""
        if not 1 <= version <= len(self.masters):
            raise WrongSetting(f"缺少第{version}版主密钥。", code="missing_master_key")
        return bytes.fromhex(decrypt(self.masters[version - 1], wrapped, person))

    def keyed_hash(self, purpose: str, value: str) -> str:
        """A hash by which a value can be found again but not guessed without the key."""
        return _keyed_sm3(self.hashing, f"{purpose}\0{value}".encode()).hex()


def same(left: str, right: str) -> bool:
    """Compare two secrets without telling by the time it takes."""
    return hmac.compare_digest(left.encode(), right.encode())


def load_keys(directory: Path) -> KeyRing:
    """Read the key ring in `directory`, making it (readable by the owner alone) when absent."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    masters = sorted(directory.glob("master-*.key"))
    if not masters:
        masters = [_write_key(directory / "master-0001.key")]
    hashing = directory / "hashing.key"
    if not hashing.exists():
        _write_key(hashing)
    return KeyRing(tuple(_read_key(path) for path in masters), _read_key(hashing))


def add_master_key(directory: Path) -> KeyRing:
    """Add a newer master key; `storage` then wraps every data key anew."""
    number = len(sorted(directory.glob("master-*.key"))) + 1
    _write_key(directory / f"master-{number:04d}.key")
    return load_keys(directory)


def machine_secret(folder: Path, name: str) -> str:
    """A secret made on this machine once, below the data directory, readable by its owner alone."""
    path = folder / "keys" / f"{name}.secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(os.urandom(_SECRET_BYTES).hex())
    return path.read_text().strip()


def _write_key(path: Path) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(KEY_BYTES).hex())
    return path


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError as error:
        raise WrongSetting(f"密钥文件 {path.name} 已损坏。", code="bad_key_file") from error
    if len(key) != KEY_BYTES:
        raise WrongSetting(f"密钥文件 {path.name} 长度不对。", code="bad_key_file")
    return key

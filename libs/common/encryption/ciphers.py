"""Authenticated encryption and keyed hashes, by an international and a Chinese suite of algorithms.

Pure. GB/T 32907-2016 (SM4), GB/T 32905-2016 (SM3); 密码法 §27 asks critical infrastructure for the Chinese ones.
"""

import hmac
import secrets
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC

NONCE_BYTES = 12
TAG_BYTES = 16


class Suite(StrEnum):
    """Which algorithms encrypt and hash; a key's length says which, so that another suite is a rotation of keys."""

    INTERNATIONAL = "aes-256-gcm"
    CHINESE = "sm4-gcm"

    @property
    def key_bytes(self) -> int:
        """The length of a key that encrypts."""
        return 16 if self is Suite.CHINESE else 32

    @classmethod
    def of(cls, key: bytes) -> "Suite":
        """Return the suite of a key. Raises ValueError for one of another length."""
        suite = next((suite for suite in cls if suite.key_bytes == len(key)), None)
        if suite is None:
            raise ValueError("a key has 32 bytes, or 16 for the Chinese algorithms")
        return suite


class NotOpenedError(ValueError):
    """A sealed value cannot be opened: its key is another or gone, or it was changed or moved. Never says more."""


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Return a fresh random nonce, the ciphertext and its tag, which also covers `context`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealing = Cipher(_algorithm(key), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(context)
    sealed = sealing.update(plain) + sealing.finalize()
    return nonce + sealed + sealing.tag


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return what was encrypted under the same key and context. Raises NotOpenedError."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise NotOpenedError
    nonce, tag = sealed[:NONCE_BYTES], sealed[-TAG_BYTES:]
    opening = Cipher(_algorithm(key), modes.GCM(nonce, tag)).decryptor()
    opening.authenticate_additional_data(context)
    plain = opening.update(sealed[NONCE_BYTES:-TAG_BYTES])
    try:
        return plain + opening.finalize()
    except InvalidTag:
        raise NotOpenedError from None


def keyed_hash(key: bytes, text: bytes) -> bytes:
    """Return the HMAC of a text: by SHA-256, or by SM3."""
    if Suite.of(key) is Suite.INTERNATIONAL:
        return hmac.digest(key, text, sha256)
    hashing = HMAC(key, hashes.SM3())
    hashing.update(text)
    return hashing.finalize()


def _algorithm(key: bytes) -> algorithms.AES256 | algorithms.SM4:
    return algorithms.SM4(key) if Suite.of(key) is Suite.CHINESE else algorithms.AES256(key)

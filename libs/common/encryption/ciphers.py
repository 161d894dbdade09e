"""Authenticated encryption and keyed hashes, by an international and a Chinese suite of algorithms.

Pure. GB/T 32907-2016 (SM4), GB/T 32905-2016 (SM3); 密码法 §27 asks critical infrastructure for the Chinese ones.
"""

import hmac
import secrets
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
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
        try:
            return _BY_LENGTH[len(key)]
        except KeyError:
            raise ValueError("a key has 32 bytes, or 16 for the Chinese algorithms") from None


_BY_LENGTH = {suite.key_bytes: suite for suite in Suite}


class NotOpenedError(ValueError):
    """A sealed value cannot be opened: its key is another or gone, or it was changed or moved. Never says more."""


Encrypt = Callable[[bytes, bytes], bytes]


def encrypting(key: bytes) -> Encrypt:
    """Return the function that encrypts many texts under a key, whose schedule is made once; as `encrypt`."""
    if Suite.of(key) is Suite.INTERNATIONAL:
        # The same bytes as below, by one call instead of six.
        by_key = AESGCM(key).encrypt

        def international(plain: bytes, context: bytes) -> bytes:
            nonce = secrets.token_bytes(NONCE_BYTES)
            return nonce + by_key(nonce, plain, context)

        return international
    algorithm = _algorithm(key)

    def chinese(plain: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealing = Cipher(algorithm, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(context)
        sealed = sealing.update(plain) + sealing.finalize()
        return nonce + sealed + sealing.tag

    return chinese


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Return a fresh random nonce, the ciphertext and its tag, which also covers `context`."""
    return encrypting(key)(plain, context)


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return what was encrypted under the same key and context. Raises NotOpenedError."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise NotOpenedError
    nonce, tag = sealed[:NONCE_BYTES], sealed[-TAG_BYTES:]
    if Suite.of(key) is Suite.INTERNATIONAL:
        # As above: a third of the time of the calls below.
        try:
            return AESGCM(key).decrypt(nonce, sealed[NONCE_BYTES:], context)
        except InvalidTag:
            raise NotOpenedError from None
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
        hashing = _by_sha256(key).copy()
        hashing.update(text)
        return hashing.digest()
    chinese = _by_sm3(key).copy()
    chinese.update(text)
    return chinese.finalize()


# Begun once, since that costs more than a short text. The keys of hashes are the environment's: a few, always there.
@lru_cache(maxsize=16)
def _by_sha256(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=16)
def _by_sm3(key: bytes) -> HMAC:
    return HMAC(key, hashes.SM3())


def _algorithm(key: bytes) -> algorithms.AES256 | algorithms.SM4:
    return algorithms.SM4(key) if Suite.of(key) is Suite.CHINESE else algorithms.AES256(key)

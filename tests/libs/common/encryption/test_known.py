"""The laptop's keys work, and are told apart from all others wherever they stand."""

from libs.common.audit.keys import AuditSettings
from libs.common.encryption.ciphers import Suite
from libs.common.encryption.keys import EncryptionSettings, KeyRing
from libs.common.encryption.known import LAPTOP_KEYS, known_keys_faults
from tests.libs.common.encryption.samples import ring


def test_the_laptops_keys_can_be_used_and_are_known() -> None:
    of_laptop = EncryptionSettings.model_validate(LAPTOP_KEYS).ring()
    audit = AuditSettings.model_validate({**LAPTOP_KEYS, "anchors_url": "file:///a"}).audit_ring()
    said = [
        f"{setting}: the key laptop is the laptop's, which everybody knows"
        for setting in ("SQN_WRAPPING_KEYS", "SQN_INDEX_KEYS", "SQN_AUDIT_KEYS")
    ]
    assert known_keys_faults(of_laptop, audit.keys) == said
    assert known_keys_faults(of_laptop) == said[:2]
    assert known_keys_faults(None, audit.keys) == said[2:]


def test_a_known_key_is_found_under_any_id_and_in_any_place() -> None:
    of_laptop = EncryptionSettings.model_validate(LAPTOP_KEYS).ring()
    (key,) = of_laptop.wrapping.values()
    own = ring()
    assert known_keys_faults(KeyRing({**own.wrapping, "w9": key}, own.indexing)) == [
        "SQN_WRAPPING_KEYS: the key w9 is the laptop's, which everybody knows"
    ]
    shortened = KeyRing(own.wrapping, {"i1": key[: Suite.CHINESE.key_bytes]})
    assert known_keys_faults(shortened) == [
        "SQN_INDEX_KEYS: the key i1 is the laptop's, which everybody knows"
    ]


def test_keys_of_ones_own_are_not_known() -> None:
    for suite in Suite:
        assert known_keys_faults(ring(suite=suite), {"a1": bytes(range(32))}) == []

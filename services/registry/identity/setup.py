"""The parts of sign-in, made from the settings: what is not set is not offered."""

import httpx

from libs.common.clock import Clock
from services.registry.identity.asking import Upstream
from services.registry.identity.ishandong import Application, Ishandong
from services.registry.identity.port import Provider
from services.registry.identity.settings import IdentitySettings
from services.registry.identity.tokens import CitizenTokens, signing_keys
from services.registry.identity.wechat import MiniProgram, Wechat


def ishandong_of(settings: IdentitySettings, client: httpx.AsyncClient, clock: Clock) -> Ishandong | None:
    """Return the adapter of 爱山东, None where it is not set up; the platform goes by the machine's time."""
    url, mark, word = settings.ishandong_url, settings.ishandong_app_mark, settings.ishandong_app_word
    if url is None or mark is None or word is None:
        return None
    faults = frozenset(filter(None, (code.strip() for code in settings.ishandong_faults.split(","))))
    application = Application(mark, word.get_secret_value(), faults)
    return Ishandong(Upstream(Provider.ISHANDONG, url, client), application, clock)


def wechat_of(settings: IdentitySettings, client: httpx.AsyncClient) -> Wechat | None:
    """Return the adapter of WeChat, None where it is not set up."""
    if not settings.wechat_appid or settings.wechat_secret is None:
        return None
    program = MiniProgram(settings.wechat_appid, settings.wechat_secret.get_secret_value())
    return Wechat(Upstream(Provider.WECHAT, settings.wechat_url, client), program)


def tokens_of(settings: IdentitySettings, issuer: str | None, audience: str) -> CitizenTokens:
    """Return the issuer of citizens' tokens; without SQN_CITIZEN_ISSUER it has no key. Raises KeysError."""
    keys = signing_keys(settings.citizen_signing_keys)
    return CitizenTokens(issuer or "", audience, keys if issuer else {})

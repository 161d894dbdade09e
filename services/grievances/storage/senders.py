"""From where a grade comes: of address and browser only keyed hashes are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from libs.common.encryption.sealer import Sealer
from libs.common.encryption.values import blind_index, blind_indexes
from services.grievances.domain.ratings.parts import Sender
from services.grievances.storage.rulebook import RuleBook

DEVICE: Final = "rating.device"
NETWORK: Final = "rating.network"
_LONGEST_BROWSER: Final = 400
# Of IPv6 a household has a /64 at least; of IPv4 one address.
_NETWORK_BITS: Final = {4: 32, 6: 64}


@dataclass(frozen=True, slots=True)
class Origin:
    """The address and the browser of a request; they are kept nowhere."""

    address: str
    browser: str

    def devices(self, sealer: Sealer) -> Sequence[str]:
        """Return the keyed hashes of both, that of the present key first; more than one while a rotation runs."""
        return blind_indexes(sealer.ring, DEVICE, f"{self.address}\n{self.browser[:_LONGEST_BROWSER]}")

    def sender(self, rulebook: RuleBook, utility: str | None, *, of_staff: bool = False) -> Sender:
        """Return what is kept of it beside a grade of a utility's service."""
        by_policy = rulebook.rules.ratings.is_of_staff(self.address, utility)
        network = blind_index(rulebook.sealer.ring, NETWORK, self._network())
        return Sender(self.devices(rulebook.sealer)[0], network, of_staff or by_policy)

    def _network(self) -> str:
        try:
            version = ip_address(self.address).version
        except ValueError:
            return self.address
        return str(ip_network(f"{self.address}/{_NETWORK_BITS[version]}", strict=False))

"""What may be done to a case: each verb's rules written a second time, apart from the code, from what is on record.

Whether the state has an edge is asked of `ALLOWED`, which is the specification; all else is here.
"""

# ruff: noqa: F403 - a test asks `oracle.<verb>`, in whichever module the rules of the verb are

from tests.services.hookup.domain.oracle.charges import *
from tests.services.hookup.domain.oracle.clock import *
from tests.services.hookup.domain.oracle.contacts import *
from tests.services.hookup.domain.oracle.ending import *
from tests.services.hookup.domain.oracle.entries import *
from tests.services.hookup.domain.oracle.items import *
from tests.services.hookup.domain.oracle.outcomes import *
from tests.services.hookup.domain.oracle.permits import *

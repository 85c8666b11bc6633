"""Every error the appliance can give.

Each has a code that never changes, says whether trying again may help, and what to tell a person, in
Vietnamese and English, ending in what to do. docs/errors.md is tested against this list.

Letters: C settings and commands, D device, S spool, I image, T documents, K signing, A archive,
P worker pool, M monitoring. Texts are filled with ``str.format``; fields never hold personal data.
"""

from appliance.core.errors.archive import *
from appliance.core.errors.buckets import *
from appliance.core.errors.building import *
from appliance.core.errors.certificates import *
from appliance.core.errors.clock import *
from appliance.core.errors.completeness import *
from appliance.core.errors.confirming import *
from appliance.core.errors.delivery import *
from appliance.core.errors.device import *
from appliance.core.errors.fixity import *
from appliance.core.errors.heartbeat import *
from appliance.core.errors.hosts import *
from appliance.core.errors.imaging import *
from appliance.core.errors.inventory import *
from appliance.core.errors.keys import *
from appliance.core.errors.kind import CATALOGUE as CATALOGUE
from appliance.core.errors.kind import EN as EN
from appliance.core.errors.kind import ApplianceError as ApplianceError
from appliance.core.errors.kind import Exit as Exit
from appliance.core.errors.kind import Kind as Kind
from appliance.core.errors.kind import both as both
from appliance.core.errors.kind import by_code as by_code
from appliance.core.errors.kind import fill as fill
from appliance.core.errors.kind import half as half
from appliance.core.errors.leave import *
from appliance.core.errors.monitoring import *
from appliance.core.errors.packages import *
from appliance.core.errors.pki import *
from appliance.core.errors.planning import *
from appliance.core.errors.pool import *
from appliance.core.errors.promises import *
from appliance.core.errors.reading import *
from appliance.core.errors.receiver import *
from appliance.core.errors.reception import *
from appliance.core.errors.registers import *
from appliance.core.errors.releases import *
from appliance.core.errors.returns import *
from appliance.core.errors.separation import *
from appliance.core.errors.service import *
from appliance.core.errors.signing import *
from appliance.core.errors.spool import *
from appliance.core.errors.stamps import *
from appliance.core.errors.timestamps import *
from appliance.core.errors.topology import *
from appliance.core.errors.verdicts import *
from appliance.core.errors.writing import *

"""What is asked of another process and what comes back. Names of files travel, never pixels.

Paths are absolute text. Every answer may be computed twice with the same effect.
"""

from appliance.core.jobs.documents import *
from appliance.core.jobs.heartbeat import *
from appliance.core.jobs.lease import *
from appliance.core.jobs.packages import *
from appliance.core.jobs.pages import *
from appliance.core.jobs.rereading import *
from appliance.core.jobs.signatures import *

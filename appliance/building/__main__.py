"""``python -m appliance.building``."""

import sys

from appliance.building.command import main

sys.exit(main(sys.argv[1:]))

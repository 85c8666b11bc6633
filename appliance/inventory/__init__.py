"""From the lists of offices, hosts and rings: the inventory for Ansible, and the archive's list of offices."""

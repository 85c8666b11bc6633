"""What a monitoring team installs: rules, dashboards and settings, made from tables and committed as files."""

"""Dashboards as tables: what a monitoring team sees, written as Grafana's JSON."""

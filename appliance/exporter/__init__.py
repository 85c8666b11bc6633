"""What Prometheus sees: one registry, counters of committed facts, gauges read when it asks."""

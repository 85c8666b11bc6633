"""The words of the trade: models, states, facts, errors, settings, and the one durable write."""

"""Ways to the reception software of the one-stop counter: signed components with sidecars, docs/reception.md."""

"""Generated pages with their truth: ``page(Spec(...))`` makes one, ``samples(name, count, seed, dpi)`` many."""

from bench.corpus.make import page
from bench.corpus.printed import KINDS
from bench.corpus.sets import SETS, samples, spec_of, specs
from bench.corpus.spec import Code, Corner, Hand, Lie, Sensor, Sheet, Spec, Stamp, Streak, Under
from bench.corpus.truth import Placed, Sample, Truth

__all__ = ["KINDS", "SETS", "Code", "Corner", "Hand", "Lie", "Placed", "Sample", "Sensor", "Sheet", "Spec", "Stamp",
           "Streak", "Truth", "Under", "page", "samples", "spec_of", "specs"]

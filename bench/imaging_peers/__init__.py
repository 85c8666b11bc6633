"""The ways others do it, each behind one function that takes a grey array: what ours is measured against."""

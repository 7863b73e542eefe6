"""The parts of `wf`: scripts import that one alone. Python 3.9 and the standard library suffice."""

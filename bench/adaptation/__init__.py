"""Makes ``asr/french_telephone.npz``: what the recogniser learns about telephones and accents.

:mod:`bench.adaptation.speak` has sentences spoken, :mod:`bench.adaptation.train` trains on them.
"""

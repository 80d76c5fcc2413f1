"""Signals of a pairing at rest: voltage spectra, fluctuations of finite populations, correlations, spike trains."""

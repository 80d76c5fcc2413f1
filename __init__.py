"""From cellular neuromodulation to the parameters of a neural population, with error bars."""

"""Files: what a model is and holds, written to HDF5 and JSON and read back, of every Keras."""

"""TensorFlow's own files, read and written without it: checkpoints, and SavedModels of Keras."""

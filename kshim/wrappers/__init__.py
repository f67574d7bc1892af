"""Models as the things of other libraries: estimators of scikit-learn."""

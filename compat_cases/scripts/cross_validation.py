"""Ten-fold cross-validation with scikit-learn, building a model anew for each fold."""
import json

import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

seed = 7
np.random.seed(seed)
random = np.random.RandomState(seed)
X, Y = load_breast_cancer(return_X_y=True)
kfold = StratifiedKFold(n_splits=10, shuffle=True, random_state=seed)
cvscores, losses = [], []
for train, test in kfold.split(X, Y):
    scaler = StandardScaler().fit(X[train])
    model = Sequential()
    model.add(Dense(12, input_dim=30, activation='relu'))
    model.add(Dense(8, activation='relu'))
    model.add(Dense(1, activation='sigmoid'))
    model.set_weights([random.uniform(-0.4, 0.4, size=w.shape) for w in model.get_weights()])
    model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
    model.fit(scaler.transform(X[train]), Y[train], epochs=15, batch_size=10, verbose=0)
    scores = model.evaluate(scaler.transform(X[test]), Y[test], verbose=0)
    print("%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
    cvscores.append(scores[1] * 100)
    losses.append(scores[0])
print("%.2f%% (+/- %.2f%%)" % (np.mean(cvscores), np.std(cvscores)))
assert len(cvscores) == 10 and np.mean(cvscores) > 94
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in (cvscores, losses)], file)

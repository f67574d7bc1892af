#!/usr/bin/env bash
# Recreate one of the "real Keras" oracle environments.
#   oracles.sh NAME TARGETDIR   build environment NAME in TARGETDIR (must not exist);
#                               TARGETDIR/bin/kpy = its python with backend and a private HOME set
#   oracles.sh --list           names
# Then record with it:          python tools/record.py TARGETDIR/bin/kpy --what layers
# Python: $PYENV_ROOT or ~/.pyenv versions/X.Y.*, else pythonX.Y on PATH.
set -euo pipefail
NAMES="k122 k208 k224 k231 tf215 k3 k3tf"

pins() {  # sets PYV, PIP (bootstrap tools), REQS (one requirement a line)
  PIP="pip setuptools wheel"
  case "$1" in
  k122) PYV=3.6; PIP="pip<22 setuptools<60 wheel<0.38"  # Keras 1.2.2; KERAS_BACKEND=tensorflow or theano
    REQS="keras==1.2.2
tensorflow==1.4.1
theano==1.0.5
numpy<1.17
scipy<1.6
h5py<3
protobuf<3.20
pillow
pytest";;
  k208) PYV=3.6; PIP="pip<22 setuptools<60 wheel<0.38"  # Keras 2.0.8
    REQS="keras==2.0.8
tensorflow==1.4.1
numpy<1.17
h5py<3
protobuf<3.20
pillow
pytest";;
  k224) PYV=3.6; PIP="pip<22 setuptools<60 wheel<0.38"  # Keras 2.2.4
    REQS="keras==2.2.4
tensorflow==1.14.0
numpy<1.17
h5py<3
protobuf<3.20
scikit-learn
pandas
pillow
pytest";;
  k231) PYV=3.7; PIP="pip<24 setuptools<60 wheel<0.38"  # Keras 2.3.1
    REQS="keras==2.3.1
tensorflow==1.15.5
numpy<1.19
h5py<3
protobuf<3.20
scikit-learn
pandas
pillow
pytest";;
  tf215) PYV=3.11  # tf.keras 2.15 (TensorFlow 2.15.1), with tf2onnx
    REQS="tensorflow==2.15.1
numpy<2
tf2onnx
onnx<1.18
onnxruntime
protobuf<5
scikit-learn
pandas
pillow
pytest";;
  k3) PYV=3.11  # Keras 3 on torch CPU; run with KERAS_BACKEND=torch; no tensorflow
    REQS="torch==2.13.0
keras==3.15.1
onnx
onnxscript
onnxruntime
h5py
scikit-learn
pandas
pillow
pytest
matplotlib";;
  k3tf) PYV=3.11  # Keras 3 on TensorFlow, for the layers of texts and hashes that need it
    REQS="tensorflow==2.21.0
keras==3.15.1
pytest";;
  *) echo "unknown environment '$1' (one of: $NAMES)" >&2; return 2;;
  esac
}

find_python() {  # X.Y -> path of an interpreter
  local v=$1 r p
  for r in "${PYENV_ROOT:-}" "$HOME/.pyenv"; do
    [ -n "$r" ] || continue
    p=$(ls -d "$r"/versions/"$v".*/bin/python 2>/dev/null | sort -V | tail -1 || true)
    if [ -n "$p" ] && [ -x "$p" ]; then echo "$p"; return; fi
  done
  if p=$(command -v "python$v") && "$p" -c pass 2>/dev/null; then echo "$p"; return; fi
  echo "no Python $v found (pyenv or PATH)" >&2; return 1
}

case "${1:-}" in
  --list) echo $NAMES; exit;;
esac
[ $# -eq 2 ] || { sed -n '2,7p' "${BASH_SOURCE[0]}" >&2; exit 2; }
NAME=$1; DIR=$2
pins "$NAME"
[ ! -e "$DIR" ] || { echo "$DIR exists already" >&2; exit 1; }
PY=$(find_python "$PYV")
T0=$(date +%s)
"$PY" -m venv "$DIR"
read -ra BOOT <<<"$PIP"
export PIP_DISABLE_PIP_VERSION_CHECK=1
# pip first, alone: the pip bundled with 3.6 knows neither manylinux2010 nor data-requires-python on extra indexes
"$DIR/bin/python" -m pip install -qq -U "${BOOT[0]}"
"$DIR/bin/python" -m pip install -qq -U "${BOOT[@]}"
printf '%s\n' "$REQS" > "$DIR/requirements.txt"
"$DIR/bin/python" -m pip install -qq --prefer-binary -r "$DIR/requirements.txt"
"$DIR/bin/python" -m pip freeze > "$DIR/freeze.txt"
# bin/kpy: this Python with the backend chosen and a private home, because every Keras (1.2.2 first of all)
# writes or reads ~/.keras/keras.json, and a file left there by one era changes the next one's backend.
# (1.2.2 and 2.0.8 know no KERAS_HOME, hence HOME itself.)
case "$NAME" in k3) BACKEND=torch;; *) BACKEND=tensorflow;; esac
ABS=$(cd "$DIR" && pwd); mkdir -p "$ABS/home"
cat > "$DIR/bin/kpy" <<KPY
#!/bin/sh
HOME=$ABS/home; KERAS_HOME=$ABS/home/.keras; KERAS_BACKEND=\${KERAS_BACKEND:-$BACKEND}
TF_CPP_MIN_LOG_LEVEL=\${TF_CPP_MIN_LOG_LEVEL:-3}; CUDA_VISIBLE_DEVICES=-1; MPLBACKEND=Agg
THEANO_FLAGS=\${THEANO_FLAGS:-device=cpu,floatX=float32}
export HOME KERAS_HOME KERAS_BACKEND TF_CPP_MIN_LOG_LEVEL CUDA_VISIBLE_DEVICES MPLBACKEND THEANO_FLAGS
exec $ABS/bin/python "\$@"
KPY
chmod +x "$DIR/bin/kpy"
echo "$NAME: $("$DIR/bin/python" -V 2>&1), $(wc -l < "$DIR/freeze.txt") packages, $(( $(date +%s) - T0 )) s -> $DIR"

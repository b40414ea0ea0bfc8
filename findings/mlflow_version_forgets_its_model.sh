#!/bin/sh
# MLflow 3.17.2: a model version that was created with `model_id=` does not say so when it is read.
#
# `create_model_version(name, source, model_id=...)` takes the id of a logged model, and `ModelVersion` has a field of that name,
# but the version that comes back, and the one that is read later from an SQL store, has model_id None, and the logged model has
# no tag that names the version. What leads from one to the other is the text of `source` alone: models:/m-...
# Seen: "made None, read None, source models:/m-..., tags without a version".
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check mlflow==3.17.2
cd "$place"
export MLFLOW_DISABLE_TELEMETRY=true
cat > echo_model.py <<'PY'
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class Echo(PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


set_model(Echo())
PY
cat > ask.py <<'PY'
import mlflow

mlflow.set_tracking_uri("sqlite:///mlflow.db")
client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    info = mlflow.pyfunc.log_model(name="model", python_model="echo_model.py", pip_requirements=["mlflow"])
client.create_registered_model("echo")
made = client.create_model_version("echo", info.model_uri, run_id=run.info.run_id, model_id=info.model_id)
read = client.get_model_version("echo", made.version)
tags = client.get_logged_model(info.model_id).tags
print(f"made {made.model_id}, read {read.model_id}, source {read.source}, tags {sorted(tags)}")
assert read.source == f"models:/{info.model_id}"
assert made.model_id is None and read.model_id is None, "CHANGED: the version knows its logged model"
assert not [value for value in tags.values() if '"echo"' in value], "CHANGED: the logged model knows its version"
PY
"$place/venv/bin/python" ask.py 2> said.txt || { cat said.txt; exit 1; }
echo "as described: only the source of a version names its logged model"

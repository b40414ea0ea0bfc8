#!/bin/sh
# MLflow 3.17.2: `log_metric(..., dataset=rows)` keeps no rows unless a `model_id` is named as well; nothing is said.
#
# The argument is described as "the dataset associated with the metric". Where the metric is logged before there is a logged model, as the
# order train, test, log_model has it, an SQL store drops the data set: the run's metric has none when it is read, and the copy of the metric
# that `log_model` makes for the model has none either, so the model's page shows no data set. Logged after the model with its `model_id`,
# the copy of the model keeps it; the run's own metric still has none.
# Seen: "of the run: [None, None]; of the logged model: {'before': None, 'after': 'test rows'}".
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
import pandas as pd

mlflow.set_tracking_uri("sqlite:///mlflow.db")
client = mlflow.MlflowClient()
rows = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0, 2.0]}), name="test rows")
with mlflow.start_run() as run:
    mlflow.log_input(rows, context="test")
    mlflow.log_metric("before", 0.8, dataset=rows)
    info = mlflow.pyfunc.log_model(name="model", python_model="echo_model.py", pip_requirements=["mlflow"])
    mlflow.log_metric("after", 0.8, dataset=rows, model_id=info.model_id)
history = [one.dataset_name for name in ("before", "after") for one in client.get_metric_history(run.info.run_id, name)]
model = {one.key: one.dataset_name for one in client.get_logged_model(info.model_id).metrics}
print(f"of the run: {history}; of the logged model: {model}")
assert model["after"] == "test rows", "CHANGED: not even with a model is it kept"
assert history == [None, None], "CHANGED: the run's metric keeps its data set"
assert model["before"] is None, "CHANGED: the copy of the metric keeps its data set"
PY
"$place/venv/bin/python" ask.py 2> said.txt || { cat said.txt; exit 1; }
echo "as described: a metric that is logged before the model forgets the rows it was measured on"

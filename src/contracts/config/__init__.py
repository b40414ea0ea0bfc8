"""Typed configs: `configs/params.yaml`, `configs/gates.yaml` and `configs/portfolios/<name>.yaml`."""

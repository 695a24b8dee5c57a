"""Trains default models, measures them out of fold and exports them as ONNX. See README.md."""

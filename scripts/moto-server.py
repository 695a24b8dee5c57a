"""Runs moto_server (arguments: as moto_server's own) with what its Step Functions needs to execute state machines.

moto carries LocalStack's interpreter of Amazon States Language without its JSONata evaluator, which is a Java library:
jsonata-python, a port of that same library, takes its place. Executions run in the region "us-west-1" alone, so that
tests elsewhere keep moto's inert ones. Functions are called at UNDERWRIGHT_MOTO_LAMBDA, not in a container.
StartExecution copies the state machine and all that it refers to, which fails at the locks of an earlier execution: here
the copy is shallow.
"""

import copy
import json
import os
import types

import boto3
from botocore.config import Config
from jsonata import Jsonata
from moto.server import main
from moto.stepfunctions import responses
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.jsonata import jsonata as evaluator

INTERPRETED_REGION = "us-west-1"

inert = responses.get_backend


def backend(account, region):
    return models.stepfunctions_parser_backends[account][region] if region == INTERPRETED_REGION else inert(account, region)


def evaluate(expression):
    try:
        return json.loads(json.dumps(Jsonata(expression).evaluate(None), allow_nan=False))
    except Exception as error:
        raise evaluator.JSONataException("UNKNOWN", str(error)) from error


def lambda_client(region, service, state_credentials=None):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=os.environ["UNDERWRIGHT_MOTO_LAMBDA"],
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=120),
    )


responses.get_backend = backend
models.copy = types.SimpleNamespace(deepcopy=copy.copy)
evaluator._eval_jsonata = evaluate
lambda_eval_utils.boto_client_for = lambda_client

main()

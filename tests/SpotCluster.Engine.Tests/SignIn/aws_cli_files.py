"""Reads AWS files by the AWS CLI itself: a JSON list of forms on stdin, what it makes of each on stdout."""
import base64
import contextlib
import io
import json
import os
import sys

from awscli import clidriver
from botocore.exceptions import MissingDependencyException, PartialCredentialsError


def judge(form, folder):
    for name in ("config", "credentials"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(base64.b64decode(form[name]))
    os.environ["AWS_CONFIG_FILE"] = os.path.join(folder, "config")
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.path.join(folder, "credentials")
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = clidriver.create_clidriver().main(
                ["configure", "list", "--profile", form["profile"]])
        except BaseException as failure:  # the program's own main turns these into an exit code
            code, _ = 255, error.write(str(failure))
    answer = {"code": code, "keys": None, "refused": "Unable to parse" in error.getvalue()}
    try:
        session = clidriver.create_clidriver().session
        session.set_config_variable("profile", form["profile"])
        full = session.full_config
        answer["profiles"] = full["profiles"]
        answer["sessions"] = full.get("sso_sessions", {})
        answer["endpoint"] = session.create_client(
            "ec2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b").meta.endpoint_url
        try:
            found = session.get_credentials()
        except (PartialCredentialsError, MissingDependencyException):
            found = None
        if found is not None and found.method in ("shared-credentials-file", "config-file"):
            answer["keys"] = {"AccessKeyId": found.access_key, "SecretAccessKey": found.secret_key, "Token": found.token}
    except Exception as failure:
        answer["failure"] = type(failure).__name__
    return answer


print(json.dumps([judge(form, sys.argv[1]) for form in json.load(sys.stdin)]))

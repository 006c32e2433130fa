#!/usr/bin/env python3
# Prints a part of Bacalhau's configuration with the token that nodes join with. It is read from Parameter Store or Secrets
# Manager with the role of the instance. Argument: resolve:ssm:NAME or resolve:secretsmanager:NAME; NAME may be an ARN.
import datetime, hashlib, hmac, json, os, sys, urllib.error, urllib.request

METADATA = os.environ.get("SPOTCLUSTER_METADATA", "http://169.254.169.254")


def send(opener, address, method, headers, body=None):
    with opener.open(urllib.request.Request(address, data=body, headers=headers, method=method), timeout=10) as answer:
        return answer.read(1 << 20).decode()


def instance():
    near = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    token = send(near, METADATA + "/latest/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    return lambda path: send(near, METADATA + "/latest/meta-data/" + path, "GET", {"X-aws-ec2-metadata-token": token})


def call(service, region, target, question, role, domain):
    address = os.environ.get("SPOTCLUSTER_TOKEN_ENDPOINT", f"https://{service}.{region}.{domain}")
    body, now = json.dumps(question).encode(), datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": address.split("://")[1],
        "x-amz-date": now,
        "x-amz-security-token": role["Token"],
        "x-amz-target": target,
    }
    names, scope = ";".join(headers), f"{now[:8]}/{region}/{service}/aws4_request"
    lines = ["POST", "/", "", *(f"{name}:{value}" for name, value in headers.items()), "", names, hashlib.sha256(body).hexdigest()]
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = ("AWS4" + role["SecretAccessKey"]).encode()
    for part in [*scope.split("/"), text]:
        key = hmac.new(key, part.encode(), "sha256").digest()
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={role['AccessKeyId']}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return json.loads(send(urllib.request.build_opener(), address + "/", "POST", headers, body))


def main(source):
    _, service, name = source.split(":", 2)
    step = "the instance metadata service gives no credentials of a role: the instance needs an instance profile"
    try:
        metadata = instance()
        role = json.loads(metadata("iam/security-credentials/" + metadata("iam/security-credentials/").split()[0]))
        region = name.split(":")[3] if name.startswith("arn:") else metadata("placement/region")
        step = f"{service} in {region} does not give {name}"
        if service == "ssm":
            answer = call(service, region, "AmazonSSM.GetParameter", {"Name": name, "WithDecryption": True}, role, metadata("services/domain"))
            token = answer["Parameter"]["Value"]
        else:
            token = call(service, region, "secretsmanager.GetSecretValue", {"SecretId": name}, role, metadata("services/domain"))["SecretString"]
    except urllib.error.HTTPError as failure:
        sys.exit(f"{step}: HTTP {failure.code} {failure.read(500).decode(errors='replace')}")
    except (OSError, ValueError, KeyError, IndexError) as failure:
        sys.exit(f"{step}: {type(failure).__name__}")
    if not token.strip():
        sys.exit(f"{name} is empty")
    print(json.dumps({"Compute": {"Auth": {"Token": token.strip()}}}))


main(sys.argv[1])

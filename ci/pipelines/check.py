"""Checks the requests of ci/pipelines/ecs against the API's own description, which botocore holds, and the objects of
Kubernetes against its schemas.

    python3 ci/pipelines/check.py
"""

import json
import pathlib
import sys

import botocore.session
import kubernetes_validate
import yaml
from botocore.validate import ParamValidator

FOLDER = pathlib.Path(__file__).parent
REQUESTS = {
    "ecs/task-definition.json": "RegisterTaskDefinition",
    "ecs/service-task-definition.json": "RegisterTaskDefinition",
    "ecs/service.json": "CreateService",
}
OBJECTS = ["kubernetes-job.yml", "argocd-presync.yml"]
KUBERNETES = "1.33"


def misfits_of_requests():
    ecs = botocore.session.get_session().get_service_model("ecs")
    for name, operation in REQUESTS.items():
        request = json.loads((FOLDER / name).read_text())
        report = ParamValidator().validate(request, ecs.operation_model(operation).input_shape)
        if report.has_errors():
            yield f"{name}: {report.generate_report()}"


def misfits_of_objects():
    for name in OBJECTS:
        for document in yaml.safe_load_all((FOLDER / name).read_text()):
            try:
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{name}: {error.message}"


if __name__ == "__main__":
    found = [*misfits_of_requests(), *misfits_of_objects()]
    print("\n".join(found) or "ci/pipelines/check.py: all fit")
    sys.exit(bool(found))

"""Compares raw answers with botocore's models: no unknown member, none missing that is required, each of its type.

botocore's own parsers let unknown and missing members pass, so they would not notice a wrong name.
"""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree

# Errors that any action may answer: those common to AWS's services, and the emulator's own.
COMMON = {
    "ExpiredTokenException", "IncompleteSignature", "InternalFailure", "InvalidParameterCombination",
    "InvalidParameterValue", "MalformedInput", "MissingAuthenticationToken", "MissingParameter", "NotImplemented",
    "SerializationException", "ServiceUnavailable", "Throttling", "ThrottlingException",
}
# Declared for others, and answered where a cluster is in a state in which nobody can log in.
ALSO = {"GetClusterCredentials": {"InvalidClusterState"}, "ModifyClusterIamRoles": {"InvalidParameterValue"}}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

seen = set()


def check(http_response, model, **_):
    """To be registered for `after-call`."""
    is_json = model.service_model.metadata["protocol"] == "json"
    if http_response.status_code >= 300:
        return error(http_response, model, is_json)
    seen.add((model.service_model.service_name, model.name))
    if is_json:
        content = json.loads(http_response.content)
        if model.output_shape:
            json_value(content, model.output_shape, model.name)
        return
    root = ElementTree.fromstring(http_response.content)
    assert root.tag == f"{{{model.metadata['xmlNamespace']}}}{model.name}Response", root.tag
    children = {plain(child.tag): child for child in root}
    assert children["ResponseMetadata"][0].text, "no request id"
    if model.output_shape:
        wrapper = model.output_shape.serialization["resultWrapper"]
        assert set(children) == {wrapper, "ResponseMetadata"}, set(children)
        xml_structure(children[wrapper], model.output_shape, model.name)


def error(http_response, model, is_json):
    text = http_response.content.decode()
    code = json.loads(text)["__type"] if is_json else re.search("<Code>(.*?)</Code>", text)[1]
    if is_json:
        assert http_response.headers["x-amzn-ErrorType"] == code
    declared = {shape.metadata.get("error", {}).get("code", shape.name): shape for shape in model.error_shapes}
    assert code in declared or code in COMMON | ALSO.get(model.name, set()), f"{model.name} does not declare {code}"
    if code in declared:
        status = declared[code].metadata.get("error", {}).get("httpStatusCode", 400)
        assert http_response.status_code == status, f"{code}: {http_response.status_code}, not {status}"


def members(shape, given, at):
    missing = set(shape.required_members) - set(given)
    assert not missing, f"{at} lacks {missing}"
    unknown = set(given) - set(shape.members)
    assert not unknown, f"{at} has {unknown}, which the model does not know"


def json_value(value, shape, at):
    kind = shape.type_name
    if kind == "structure":
        assert isinstance(value, dict), f"{at}: {value}"
        members(shape, value, at)
        for name, inner in value.items():
            json_value(inner, shape.members[name], f"{at}.{name}")
    elif kind == "list":
        assert isinstance(value, list), f"{at}: {value}"
        for inner in value:
            json_value(inner, shape.member, f"{at}[]")
    elif kind == "timestamp":
        is_text = shape.serialization.get("timestampFormat") == "iso8601"
        assert ISO.fullmatch(value) if is_text else isinstance(value, (int, float)), f"{at}: {value}"
    elif kind == "blob":
        base64.b64decode(value, validate=True)
    else:
        python = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float, str)}[kind]
        assert isinstance(value, python) and (kind == "boolean" or value not in (True, False) or value in (0, 1)), f"{at}: {value!r}"
        if shape.enum if kind == "string" else False:
            assert value in shape.enum, f"{at}: {value} is none of {shape.enum}"


def plain(tag):
    return tag.split("}")[-1]


def xml_structure(element, shape, at):
    names = {inner.serialization.get("name", name): inner for name, inner in shape.members.items()}
    given = [plain(child.tag) for child in element]
    assert len(given) == len(set(given)), f"{at} repeats a member: {given}"
    members(shape, [name for name in given], at)
    for child in element:
        xml_value(child, names[plain(child.tag)], f"{at}.{plain(child.tag)}")


def xml_value(element, shape, at):
    kind, text = shape.type_name, element.text or ""
    if kind == "structure":
        xml_structure(element, shape, at)
    elif kind == "list":
        item = shape.member.serialization.get("name", "member")
        for child in element:
            assert plain(child.tag) == item, f"{at} holds {plain(child.tag)}, not {item}"
            xml_value(child, shape.member, f"{at}[]")
    else:
        form = {
            "string": ".*", "boolean": "true|false", "integer": r"-?\d+", "long": r"-?\d+",
            "double": r"-?\d+(\.\d+)?", "timestamp": ISO.pattern,
        }[kind]
        assert re.fullmatch(form, text, re.DOTALL), f"{at}: {text!r} is no {kind}"
        assert not element or kind == "structure", f"{at} has members"

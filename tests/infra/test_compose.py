"""The container set-up is valid, keeps secrets outside, and keeps the keepers apart."""

from __future__ import annotations

import re
from typing import Any

import compose_spec
import pytest
import yaml

from tests.architecture.sources import ROOT, report

FILE = ROOT / "docker-compose.yml"
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|PRIVATE|CREDENTIAL|(?:^|_)KEY(?:$|_ID)", re.I)
DATABASE_OR_STORE = {"postgres", "redis", "s3"}
KEEPERS = ("keeper-1", "keeper-2", "keeper-3")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def test_the_file_follows_the_compose_specification() -> None:
    compose_spec.PyCompose.from_yaml(merged()).validate()


@pytest.mark.parametrize(
    "broken",
    [
        "services: {a: {image: x, unheard_of: 1}}",
        "services: {a: {image: x, ports: 5}}",
        "services: {a: {image: x, networks: [absent]}}",
    ],
)
def test_the_validator_refuses_what_is_wrong(broken: str) -> None:
    with pytest.raises(ValueError, match=r"unheard_of|ports|absent"):
        compose_spec.PyCompose.from_yaml(broken).validate()


def merged() -> str:
    """The file with anchors, merge keys and variables resolved, as `docker compose config` shows it."""
    text = re.sub(r"\$\{(\w+):\?[^}]*\}", r"value-of-\1", FILE.read_text(encoding="utf-8"))
    text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text).replace("$$", "$")
    return yaml.safe_dump(
        {key: part for key, part in yaml.safe_load(text).items() if not key.startswith("x-")}
    )


def test_every_process_of_the_application_has_a_service(services: dict[str, dict[str, Any]]) -> None:
    wanted = {"web", "sockets", "worker", "clock", "migrate", "proxy", *DATABASE_OR_STORE, *KEEPERS}
    assert wanted <= services.keys()
    assert "replicas" in services["web"]["deploy"]
    assert services["sockets"]["command"][0] == "daphne"


def test_no_secret_stands_in_the_file(services: dict[str, dict[str, Any]]) -> None:
    wrong = []
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if (
                SECRET.search(key)
                and not key.endswith("_FILE")
                and not re.fullmatch(r"\$\{\w+:\?.+\}", str(value))
            ):
                wrong.append(f"{name}: {key}={value}")
            if re.search(r"://[^/@:]*:[^/@]+@", re.sub(r"\$\{\w+:\?[^}]*\}", "", str(value))):
                wrong.append(f"{name}: {key} holds a password")
    assert not wrong, report(wrong, "take it from .env: ${NAME:?set NAME in .env}")


@pytest.mark.requirement("S003-51")
def test_the_application_runs_without_privileges(services: dict[str, dict[str, Any]]) -> None:
    ours = {name: service for name, service in services.items() if "build" in service}
    assert len(ours) >= 8
    for name, service in ours.items():
        assert service["user"].split(":")[0] not in {"", "0", "root"}, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name


def test_keepers_share_no_volume_no_database_and_no_secret(services: dict[str, dict[str, Any]]) -> None:
    own_volumes = []
    for name in KEEPERS:
        service = services[name]
        assert "environment" not in service, f"{name}: a keeper takes nothing from the platform's environment"
        assert service["networks"] == ["keepers"], name
        writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
        assert len(writable) == 1, name
        own_volumes.append(writable[0].split(":")[0])
    assert len(set(own_volumes)) == len(KEEPERS)
    for name, service in services.items():
        if name not in KEEPERS:
            held = {volume.split(":")[0] for volume in service.get("volumes", [])}
            assert not held & set(own_volumes), f"{name} holds a keeper's volume"
        private = {secret for secret in service.get("secrets", []) if secret.endswith("-key")}
        assert private == ({f"{name}-key"} if name in KEEPERS else private - {f"{k}-key" for k in KEEPERS}), (
            name
        )
    for name in KEEPERS:
        assert "--tls-key" in services[name]["command"], f"{name} speaks TLS"
        assert "--client-ca" in services[name]["command"], f"{name} asks for the platform's certificate"
    identities = [services[name]["command"][services[name]["command"].index("--id") + 1] for name in KEEPERS]
    assert len(set(identities)) == len(KEEPERS)


@pytest.mark.requirement("S003-51")
def test_data_is_not_reachable_from_outside(services: dict[str, dict[str, Any]]) -> None:
    networks = yaml.safe_load(FILE.read_text(encoding="utf-8"))["networks"]
    assert networks["data"]["internal"] is True
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in DATABASE_OR_STORE:
        assert services[name]["networks"] == ["data"], name


def test_sockets_go_to_daphne_and_the_rest_to_wsgi() -> None:
    caddyfile = yaml.safe_load(FILE.read_text(encoding="utf-8"))["configs"]["caddyfile"]["content"]
    sockets, rest = caddyfile.split("handle /ws/*")[1].split("handle {")
    assert "sockets:8000" in sockets
    assert "web 8000" in rest


def test_images_of_others_name_their_version(services: dict[str, dict[str, Any]]) -> None:
    images = {service["image"] for service in services.values() if "build" not in service}
    wrong = [image for image in sorted(images) if not re.search(r":[\w.-]*\d", image)]
    assert not wrong, report(wrong, "name a version after the image")

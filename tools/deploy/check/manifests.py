"""Everything in tools/deploy that a machine reads, checked without a cluster, a cloud or a container runtime."""
import json
import pathlib
import re
import sys

import dockerfile_parse
import hcl2
import jsonschema
import kubernetes_validate
import yaml

HERE = pathlib.Path(__file__).resolve().parents[1]
KUBERNETES = '1.31'
wrong: list[str] = []


def complain(text: str):
    wrong.append(text)


# The Gateway API is no part of Kubernetes' own schemas: what its two kinds demand, and no field that they have not.
NAME = {'type': 'string', 'pattern': r'^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'}
METADATA = {'type': 'object', 'required': ['name']}
PORT = {'type': 'integer', 'minimum': 1, 'maximum': 65535}


def exact(properties: dict, *required: str) -> dict:
    return {'type': 'object', 'properties': properties, 'required': list(required), 'additionalProperties': False}


def some(item: dict) -> dict:
    return {'type': 'array', 'minItems': 1, 'items': item}


GATEWAY = {
    'Gateway': exact({
        'gatewayClassName': NAME,
        'listeners': some(exact({
            'name': NAME, 'protocol': {'enum': ['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP']}, 'port': PORT, 'hostname': NAME,
            'tls': exact({'mode': {'enum': ['Terminate', 'Passthrough']},
                          'certificateRefs': some(exact({'group': {}, 'kind': {}, 'name': NAME, 'namespace': NAME}, 'name'))}),
            'allowedRoutes': exact({'namespaces': exact({'from': {'enum': ['All', 'Selector', 'Same']}, 'selector': {}}),
                                    'kinds': {}}),
        }, 'name', 'protocol', 'port')),
    }, 'gatewayClassName', 'listeners'),
    'HTTPRoute': exact({
        'parentRefs': some(exact({'name': NAME, 'namespace': NAME, 'sectionName': NAME, 'port': PORT}, 'name')),
        'hostnames': some(NAME),
        'rules': some(exact({
            'name': NAME,
            'matches': some(exact({'path': exact({
                'type': {'enum': ['Exact', 'PathPrefix', 'RegularExpression']},
                'value': {'type': 'string', 'pattern': '^/'}}), 'headers': {}, 'queryParams': {}, 'method': {}})),
            'filters': {},
            'timeouts': exact({key: {'type': 'string', 'pattern': r'^([0-9]{1,5}(h|m|s|ms)){1,4}$'}
                               for key in ('request', 'backendRequest')}),
            'backendRefs': some(exact({'name': NAME, 'namespace': NAME, 'port': PORT, 'weight': {}}, 'name')),
        })),
    }),
}


def kubernetes() -> int:
    documents = []
    for file in sorted((HERE / 'kubernetes').glob('*.yaml')):
        for document in yaml.safe_load_all(file.read_text()):
            documents.append(document)
            try:
                if document['apiVersion'].startswith('gateway.networking.k8s.io/'):
                    schema = exact({'apiVersion': {}, 'kind': {}, 'metadata': METADATA, 'spec': GATEWAY[document['kind']]},
                                   'metadata', 'spec')
                    jsonschema.validate(document, schema)
                else:
                    kubernetes_validate.validate(document, KUBERNETES, strict=True)
            except (jsonschema.ValidationError, kubernetes_validate.ValidationError, KeyError) as error:
                complain(f'{file.name}: {document.get("kind")}: {getattr(error, "message", error)}')
    references(documents)
    return len(documents)


def references(documents: list[dict]):
    """What names what: selectors, ports, budgets and routes."""
    by_kind = {document['kind']: document for document in documents}
    pod = by_kind['Deployment']['spec']['template']
    for kind in ('PodDisruptionBudget', 'Service', 'Deployment'):
        selector = by_kind[kind]['spec']['selector']
        selector = selector.get('matchLabels', selector)
        if not selector.items() <= pod['metadata']['labels'].items():
            complain(f'{kind} selects other pods: {selector}')
    container = pod['spec']['containers'][0]
    ports = {port['name'] for port in container['ports']}
    if not pod['spec'].get('hostNetwork'):
        complain('the pods are not on the host network')
    for port in by_kind['Service']['spec']['ports']:
        if port['targetPort'] not in ports:
            complain(f'Service: no port {port["targetPort"]}')
    for probe in ('readinessProbe', 'startupProbe'):
        if container[probe]['httpGet']['path'] != '/health':
            complain(f'{probe} does not ask /health')
    drain = int(by_kind['ConfigMap']['data']['DRAIN_SECONDS'])
    stop = container['lifecycle']['preStop']['sleep']['seconds']
    if pod['spec']['terminationGracePeriodSeconds'] < drain + stop:
        complain('the pod is killed before it has drained')
    for rule in by_kind['HTTPRoute']['spec']['rules']:
        for backend in rule['backendRefs']:
            if backend['name'] != by_kind['Service']['metadata']['name']:
                complain(f'HTTPRoute: no service {backend["name"]}')


def terraform() -> int:
    folder = HERE / 'terraform'
    parsed = {}
    for file in sorted(folder.glob('*.tf')):
        try:
            parsed[file.name] = hcl2.loads(file.read_text())
        except Exception as error:  # the parser has no one class of errors
            complain(f'{file.name}: {error}')
    text = '\n'.join(file.read_text() for file in folder.glob('*.tf'))
    declared = set(re.findall(r'^variable "(\w+)"', text, re.M))
    used = set(re.findall(r'\bvar\.(\w+)', text))
    for name in used - declared:
        complain(f'terraform: var.{name} is not declared')
    for name in declared - used:
        complain(f'terraform: variable {name} is not used')
    resources = set(re.findall(r'^resource "(\w+)" "(\w+)"', text, re.M))
    for kind, name in set(re.findall(r'\b(hcloud_\w+)\.(\w+)', text)) - resources:
        complain(f'terraform: no resource {kind}.{name}')
    template = (folder / 'cloud-init.yaml').read_text()
    main = (folder / 'main.tf').read_text()
    passed = set(re.findall(r'^    (\w+)\s+= ', main[main.index('templatefile('):], re.M))
    for name in set(re.findall(r'\$\{(\w+)\}', template)) ^ passed:
        complain(f'cloud-init: {name} is not on both sides of templatefile()')
    cloud = yaml.safe_load(re.sub(r'\$\{\w+\}', 'value', template))
    if not {'packages', 'write_files', 'runcmd'} <= cloud.keys() or not template.startswith('#cloud-config\n'):
        complain('cloud-init: incomplete')
    return len(parsed)


def container() -> int:
    file = HERE / 'container/Containerfile'
    parser = dockerfile_parse.DockerfileParser(fileobj=open(file, 'rb'))
    known = {'FROM', 'ARG', 'COPY', 'RUN', 'USER', 'EXPOSE', 'STOPSIGNAL', 'ENTRYPOINT', 'CMD', 'COMMENT', 'ENV', 'LABEL'}
    steps = parser.structure
    for step in steps:
        if step['instruction'] not in known:
            complain(f'Containerfile: {step["instruction"]} is not expected')
        if step['instruction'] in ('ENTRYPOINT', 'CMD') and not isinstance(json.loads(step['value']), list):
            complain(f'Containerfile: {step["instruction"]} is not in exec form, so signals do not arrive')
    names = [step['instruction'] for step in steps]
    if names.count('FROM') != 1 or ':latest' in parser.baseimage or ':' not in parser.baseimage:
        complain('Containerfile: one base image with a version')
    user = next((step['value'] for step in steps if step['instruction'] == 'USER'), 'root')
    if not re.fullmatch(r'[1-9]\d*(:[1-9]\d*)?', user):
        complain(f'Containerfile: user {user} is not a number above 0')
    profile = json.loads((HERE / 'container/seccomp.json').read_text())
    allowed = {name for rule in profile['syscalls'] if rule['action'] == 'SCMP_ACT_ALLOW' for name in rule['names']}
    for name in ('io_uring_setup', 'io_uring_enter', 'io_uring_register', 'bpf', 'execve', 'sched_setaffinity'):
        if name not in allowed:
            complain(f'seccomp.json: {name} is not allowed')
    if profile['defaultAction'] != 'SCMP_ACT_ERRNO' or allowed & {'kexec_load', 'init_module', 'mount', 'ptrace', 'reboot'}:
        complain('seccomp.json allows what nobody needs')
    return len(steps)


print(f'{kubernetes()} manifests, {terraform()} Terraform files, {container()} lines of a container file')
if wrong:
    sys.exit('\n'.join(wrong))

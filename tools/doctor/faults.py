"""Faults that are made for real, and what `millrace doctor` must say of each. Every row is one run of the binary."""
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BINARY = pathlib.Path(sys.argv[1]).resolve()
REFUSE = pathlib.Path(__file__).resolve().parents[1] / 'hostile/refuse'
SECRET = 'u8Zk3-Qm0xVw7TjR5nLb9cYh2sDf6gPa'
MEDIA, HTTP, STUN = 19610, 19611, 19612
# A network of its own, with a card that has the announced address; what follows runs in it.
NETWORK = ['unshare', '-n', '-m', 'sh', '-ec',
           'mount -t sysfs sysfs /sys; ip link set lo up; ip link add edge0 type veth peer name far0; ip link set far0 up; '
           'ip addr add 203.0.113.10/24 dev edge0; ip link set edge0 up; ip route add default dev edge0; '
           'eval "$FAULT"; exec "$@"', 'sh']


@dataclasses.dataclass
class Fault:
    name: str
    check: str
    verdict: str
    #: Must be in what was found.
    word: str
    #: A command that starts the binary, or shell lines run in the network before it.
    prefix: tuple = ()
    script: str = ''
    arguments: tuple = ()
    settings: dict = dataclasses.field(default_factory=dict)


def instead(text: str, path: str) -> str:
    """Shell lines that put another file in a file's place, for this process and its children."""
    return f'printf "%b" {json.dumps(text)} > "$PLACE/instead"; mount --bind "$PLACE/instead" {path}; '


def meminfo() -> str:
    text = pathlib.Path('/proc/meminfo').read_text()
    for name in ('Total', 'Free'):
        text = re.sub(rf'HugePages_{name}:.*', f'HugePages_{name}: 4', text)
    return text.replace('\n', '\\n')


CLOCK = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
FAULTS = [
    Fault('io_uring forbidden by seccomp', 'io_uring', 'costs', 'errno 1', prefix=(REFUSE, 'io_uring_setup')),
    Fault('no BPF', 'bpf', 'costs', 'CAP_BPF', prefix=(REFUSE, 'bpf'), settings={'SHARDS': '2'}),
    Fault('64 KiB may be locked', 'memlock', 'costs', '64 KiB', prefix=('prlimit', '--memlock=65536')),
    Fault('1024 files may be open', 'nofile', 'costs', '1024', prefix=('prlimit', '--nofile=1024')),
    Fault('70 files may be open', 'nofile', 'broken', '70 files', prefix=('prlimit', '--nofile=70')),
    Fault('an ordinary user', 'buffers', 'costs', 'to receive', prefix=(
        'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set', '-all', '--no-new-privs')),
    Fault('UDP_SEGMENT refused by the path', 'datagrams', 'costs', 'UDP_SEGMENT', script='ip link set lo mtu 900'),
    Fault('no IPv6', 'ipv6', 'costs', 'no IPv6', script='for i in all default lo edge0; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; done'),
    Fault('a wrong public address', 'addresses', 'broken', '198.51.100.7', settings={'PUBLIC_ADDRESS': '198.51.100.7'}),
    Fault('loopback is announced', 'addresses', 'broken', '127.0.0.1', settings={'PUBLIC_ADDRESS': '127.0.0.1'}),
    Fault('the card is down', 'addresses', 'broken', 'down', script='ip link set edge0 down'),
    Fault('the media port is taken', 'ports', 'broken', str(MEDIA), script=f'python3 "$PLACE/take.py" udp {MEDIA} & while ! test -e "$PLACE/taken"; do sleep 0.05; done'),
    Fault('the HTTP port is taken', 'ports', 'broken', str(HTTP), script=f'python3 "$PLACE/take.py" tcp {HTTP} & while ! test -e "$PLACE/taken"; do sleep 0.05; done'),
    Fault('one processor for two shards', 'processors', 'costs', 'share 1', prefix=('taskset', '-c', '0'), settings={'SHARDS': '2'}),
    Fault('a foreign processor', 'processors', 'broken', 'processor 1', prefix=('taskset', '-c', '0'), settings={'CPUS': '1'}),
    Fault('a slow clock source', 'clock', 'costs', 'acpi_pm', script=instead('acpi_pm\\n', CLOCK)),
    Fault('huge pages for everybody', 'huge pages', 'costs', 'every process',
          script=instead('[always] madvise never\\n', '/sys/kernel/mm/transparent_hugepage/enabled')),
    Fault('too few huge pages', 'huge pages', 'costs', '4 of 4', script=instead(meminfo(), '/proc/meminfo')),
    Fault('no AES instructions', 'ciphers', 'costs', 'AES', script=instead('processor : 0\\nflags : fpu sse2\\n', '/proc/cpuinfo')),
    Fault('a short secret', 'secret', 'broken', '5 characters', settings={'JWT_SECRET': 'short'}),
    Fault('a secret that can be guessed', 'secret', 'broken', 'few characters', settings={'JWT_SECRET': 'a' * 40}),
    Fault('settings that all can read', 'secret', 'broken', 'every user', arguments=('--settings', '{place}/open.env')),
    Fault('wrong settings', 'settings', 'broken', '--backend', settings={'BACKEND': 'magic'}),
    Fault('anybody is let in', 'secret', 'costs', '--skip-auth', settings={'SKIP_AUTH': 'true'}),
    Fault('an expired certificate', 'certificate', 'broken', 'has expired', arguments=('--certificate', '{place}/expired.pem')),
    Fault('a certificate that ends soon', 'certificate', 'costs', 'ends in', arguments=('--certificate', '{place}/soon.pem')),
    Fault('a certificate with another key', 'certificate', 'broken', 'is not the key',
          arguments=('--certificate', '{place}/good.pem', '--key', '{place}/soon.key')),
    Fault('a certificate for another name', 'certificate', 'broken', 'not for other.example',
          arguments=('--certificate', '{place}/good.pem', '--domain', 'other.example')),
    Fault('outside it has another address', 'reach', 'broken', '198.51.100.9',
          script=f'python3 "$PLACE/stun.py" {STUN} & while ! test -e "$PLACE/taken"; do sleep 0.05; done',
          arguments=('--stun', f'127.0.0.1:{STUN}')),
    Fault('no answer from outside', 'reach', 'costs', 'did not answer', arguments=('--stun', f'127.0.0.1:{STUN}')),
]

TAKE = '''
import pathlib, socket, sys, time
kind = socket.SOCK_DGRAM if sys.argv[1] == 'udp' else socket.SOCK_STREAM
taken = socket.socket(socket.AF_INET6, kind)
taken.bind(('::', int(sys.argv[2])))
if sys.argv[1] == 'tcp': taken.listen()
pathlib.Path(__file__).with_name('taken').touch()
time.sleep(8)
'''
# XOR-MAPPED-ADDRESS (RFC 8489 section 14.2) of 198.51.100.9:7000, whoever asks.
ANSWER = '''
import pathlib, socket, struct, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', int(sys.argv[1])))
server.settimeout(8)
pathlib.Path(__file__).with_name('taken').touch()
request, sender = server.recvfrom(2048)
address = int.from_bytes(socket.inet_aton('198.51.100.9'), 'big') ^ 0x2112A442
value = struct.pack('!HHBBHI', 0x0020, 8, 0, 1, 7000 ^ 0x2112, address)
server.sendto(struct.pack('!HHI', 0x0101, len(value), 0x2112A442) + request[8:20] + value, sender)
'''


def certificates(place: pathlib.Path):
    """good: 90 days; soon: 5 days; expired: one day, three days ago."""
    def openssl(*words: str):
        subprocess.run(['openssl', *words], check=True, capture_output=True)

    for name, days in (('good', '90'), ('soon', '5')):
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=meet.example',
                '-addext', 'subjectAltName=DNS:meet.example', '-days', days, '-keyout', place / f'{name}.key', '-out', place / f'{name}.pem')
        (place / f'{name}.key').chmod(0o600)
    openssl('req', '-new', '-key', place / 'good.key', '-subj', '/CN=meet.example', '-out', place / 'request.pem')
    (place / 'index').touch()
    (place / 'serial').write_text('01\n')
    (place / 'ca.conf').write_text(f'[ca]\ndefault_ca=c\n[c]\ndatabase={place}/index\nserial={place}/serial\nnew_certs_dir={place}\n'
                                   'default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n')
    openssl('ca', '-batch', '-config', place / 'ca.conf', '-selfsign', '-keyfile', place / 'good.key', '-in', place / 'request.pem',
            '-startdate', '20250101000000Z', '-enddate', '20250102000000Z', '-notext', '-out', place / 'expired.pem')


def examine(fault: Fault, place: pathlib.Path) -> dict:
    (place / 'taken').unlink(missing_ok=True)
    settings = {'PUBLIC_ADDRESS': '203.0.113.10', 'JWT_SECRET': SECRET, 'MASTER_KEY': SECRET, 'DATA_DIRECTORY': str(place),
                'MEDIA_PORT': str(MEDIA), 'PORT': str(HTTP), 'SHARDS': '1', **fault.settings}
    if 'CPUS' in settings:
        del settings['SHARDS']
    if '--settings' in fault.arguments:
        (place / 'open.env').write_text(f'JWT_SECRET={SECRET}\n')
        (place / 'open.env').chmod(0o644)
        del settings['JWT_SECRET']
    arguments = [word.format(place=place) for word in fault.arguments]
    words = [*NETWORK, *map(str, fault.prefix), str(BINARY), 'doctor', '--json', *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60,
                          env={'PATH': os.environ['PATH'], 'FAULT': fault.script, 'PLACE': str(place), **settings})
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        return {'status': done.returncode, 'findings': [], 'error': (done.stdout + done.stderr)[-500:]}
    return answer if answer['status'] == done.returncode else {**answer, 'error': f'ended with status {done.returncode}'}


def judge(fault: Fault, answer: dict, usual: set[str]) -> str | None:
    if 'error' in answer:
        return answer['error']
    bad = [finding for finding in answer['findings'] if finding['verdict'] != 'good']
    named = [f for f in bad if f['check'] == fault.check and fault.word in f['found'] and f['verdict'] == fault.verdict]
    if not named:
        return f'not named in {[(f["check"], f["verdict"], f["found"]) for f in bad]}'
    if not named[0].get('cost') or not named[0].get('remedy'):
        return 'it has no cost or no remedy'
    # A card that is down takes its IPv6 along, an ordinary user lacks more than buffers, and so on: never a second "broken".
    others = {f['check'] for f in bad if f['verdict'] == 'broken'} - {fault.check, 'settings'}
    return f'also called broken: {others}' if others - usual else None


def main():
    if os.getuid() != 0:
        sys.exit('doctorcheck: namespaces and limits need root')
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        place.chmod(0o755)
        (place / 'take.py').write_text(TAKE)
        (place / 'stun.py').write_text(ANSWER)
        certificates(place)
        healthy = examine(Fault('healthy', '', '', ''), place)
        broken = [finding for finding in healthy['findings'] if finding['verdict'] == 'broken']
        if 'error' in healthy or broken or len(healthy['findings']) < 15:
            sys.exit(f'this host without a fault: {healthy}')
        usual = {finding['check'] for finding in healthy['findings'] if finding['verdict'] != 'good'}
        print(f'without a fault: {len(healthy["findings"])} findings, costs: {sorted(usual) or "none"}')
        failed = 0
        for fault in FAULTS:
            wrong = judge(fault, examine(fault, place), usual)
            failed += wrong is not None
            print(f'{"FAILED" if wrong else "named ":7}{fault.name}{": " + wrong if wrong else ""}', flush=True)
    print(f'{len(FAULTS) - failed} of {len(FAULTS)} faults named')
    sys.exit(1 if failed else 0)


main()

"""tools/deploy/host does what it shows and takes it back: in a made-up root, and on a real card in a network of its own."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HOST = pathlib.Path(__file__).resolve().parents[1] / 'host'
CARD = 'millrace0'


def require(condition, text: str):
    if not condition:
        sys.exit(f'host: {text}')


def run(*arguments: str, status: int = 0) -> str:
    done = subprocess.run([sys.executable, HOST, *arguments], capture_output=True, text=True)
    require(done.returncode == status, f'{arguments}: status {done.returncode}: {done.stdout}{done.stderr}')
    return done.stdout


def snapshot(folder: pathlib.Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text().strip() for file in folder.rglob('*') if file.is_file()}


def made_up(folder: pathlib.Path):
    files = {'sys/devices/system/cpu/online': '0-39', 'proc/sys/net/core/rmem_max': '212992',
             'proc/sys/net/core/wmem_max': '33554432', 'proc/sys/kernel/numa_balancing': '1',
             'proc/sys/net/ipv4/ip_local_reserved_ports': ''}
    for queue in range(4):
        files[f'sys/class/net/{CARD}/queues/rx-{queue}/rps_cpus'] = '00,00000000'
        files[f'sys/class/net/{CARD}/queues/tx-{queue}/xps_cpus'] = '00,00000000'
        files[f'sys/class/net/{CARD}/device/msi_irqs/{50 + queue}'] = 'msi'
        files[f'proc/irq/{50 + queue}/smp_affinity_list'] = '0-39'
    for cpu in range(40):
        files[f'sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor'] = 'powersave'
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + '\n')


def in_a_made_up_root():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made_up(folder)
        before = snapshot(folder)
        common = ['--root', name, '--card', CARD, '--shard-cpus', '8-39', '--isolate', '--busy-poll', '50']
        shown = run(*common)
        require('212992 -> 16777216' in shown and 'nothing was' in shown, shown)
        require(snapshot(folder) == before, 'showing has changed something')
        run(*common, '--apply')
        after = snapshot(folder)
        require(after['proc/sys/net/core/wmem_max'] == '33554432', 'a larger buffer was made smaller')
        require(after['proc/irq/51/smp_affinity_list'] == '1', 'the interrupt is not off the shards')
        require(after[f'sys/class/net/{CARD}/queues/rx-0/rps_cpus'] == '00,000000ff', 'RPS')
        require(after[f'sys/class/net/{CARD}/queues/tx-0/xps_cpus'] == '11,11111100', 'XPS')
        require(after['sys/devices/system/cpu/cpu39/cpufreq/scaling_governor'] == 'performance', 'governor')
        require('isolcpus=managed_irq,domain,8,' in after['etc/default/grub.d/millrace.cfg'], 'isolation')
        require('0 of ' in run(*common).splitlines()[-1], 'something is left to change')
        run(*common, '--apply', status=1)
        run('--root', name, '--undo')
        require(snapshot(folder) == before, 'not everything was put back')
        require('nothing to undo' in run('--root', name, '--undo'), 'a second undo')
        run('--root', name, '--card', CARD, '--shard-cpus', '0-39', status=1)
        run('--root', name, '--card', CARD, '--shard-cpus', '41', status=1)


def on_a_card_of_its_own():
    """In this process's own network and mounts."""
    for command in (['mount', '-t', 'sysfs', 'sysfs', '/sys'], ['ip', 'link', 'add', CARD, 'numtxqueues', '2', 'numrxqueues', '2', 'type', 'veth', 'peer', 'name', 'other']):
        subprocess.run(command, check=True)
    queues = pathlib.Path(f'/sys/class/net/{CARD}/queues')
    reserved = pathlib.Path('/proc/sys/net/ipv4/ip_local_reserved_ports')
    cpus = os.cpu_count()
    look = lambda: [file.read_text() for file in [*sorted(queues.glob('rx-*/rps_cpus')), *sorted(queues.glob('tx-*/xps_cpus')), reserved]]
    before = look()
    with tempfile.TemporaryDirectory() as name:
        state = f'{name}/state.json'
        common = ['--card', CARD, '--shard-cpus', str(cpus - 1), '--state', state]
        run(*common)
        require(look() == before, 'showing has changed something')
        # What is not this network's own must stay as it is: only what lies on the card and in the network is applied.
        done = subprocess.run([sys.executable, HOST, *common, '--apply'], capture_output=True, text=True)
        written = [entry['place'] for entry in json.loads(pathlib.Path(state).read_text())]
        require(any('rps_cpus' in place for place in written) or cpus < 3, f'{done.stdout}{done.stderr}')
        require(look() != before, 'nothing was changed')
        run('--undo', '--state', state)
        require(look() == before, f'not everything was put back: {look()} {before}')


if sys.argv[1:] == ['inside']:
    on_a_card_of_its_own()
    sys.exit()
in_a_made_up_root()
inside = 'left out: not root'
if os.getuid() == 0:
    probe = subprocess.run(['unshare', '-n', '-m', 'true'])
    inside = 'left out: no namespaces'
    if probe.returncode == 0:
        # The sysctls of the whole machine are read-only in there, so that nothing of it is changed.
        script = 'mount -o bind /proc/sys/net/core /proc/sys/net/core && mount -o remount,bind,ro /proc/sys/net/core && ' \
                 'mount -o bind /proc/sys/kernel /proc/sys/kernel && mount -o remount,bind,ro /proc/sys/kernel && exec "$@"'
        subprocess.run(['unshare', '-n', '-m', 'sh', '-ec', script, 'sh', sys.executable, __file__, 'inside'], check=True)
        inside = 'done and undone'
print(f'host script: made-up root done and undone; a card of its own: {inside}')

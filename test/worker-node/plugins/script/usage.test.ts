import { describe, expect, it } from 'vitest';
import { run as runNode } from '../node/project.ts';
import * as python from '../python/project.ts';
import { newObserved } from '../run-operation.ts';

/** Makes this process, which starts the scripts, larger than any of them. */
const ballast = Buffer.alloc(400 * 1024 * 1024, 1);

const NODE = `
  import { execFileSync } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  export function f() {
    const spin = 'let used; do used = process.cpuUsage(); while (used.user + used.system < 500_000)';
    execFileSync(process.execPath, ['-e', spin]);
    return { peak: Number(/^VmHWM:\\s+(\\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024 };
  }`;

const PYTHON = `
import subprocess, sys

def f(input):
    spin = "import time\\nwhile time.process_time() < 0.5: pass"
    subprocess.run([sys.executable, "-c", spin], check=True)
    with open("/proc/self/status") as status:
        return {"peak": next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))}
`;

/** Held once, and shared by six forks; a part of it is written by each. */
const FORKS = `
import os, signal, time

def f(input):
    held = bytearray(os.urandom(1)) * (200 << 20)
    forks = []
    for _ in range(6):
        pid = os.fork()
        if pid == 0:
            held[: 10 << 20] = bytes(10 << 20)
            signal.pause()
        forks.append(pid)
    time.sleep(1.6)
    for pid in forks:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
`;

describe.runIf(process.platform === 'linux')('usage of a script', () => {
  /** More than the script and one child of its kind need, less than the ballast. */
  const assertOwn = (usage: ReturnType<typeof newObserved>['usage'], { peak }: { peak: number }) => {
    expect(process.memoryUsage.rss()).toBeGreaterThan(ballast.length);
    expect(usage.peak_memory_mb).toBeGreaterThanOrEqual(Math.floor(peak));
    expect(usage.peak_memory_mb).toBeLessThan(2 * peak + 60);
    // That of the child.
    expect(usage.cpu_seconds).toBeGreaterThanOrEqual(0.49);
  };

  it('is its own and that of its children: node', async () => {
    const observed = newObserved();
    const output = (await runNode(NODE, { function: 'f' }, { observed })) as { peak: number };
    assertOwn(observed.usage, output);
  });

  it.skipIf(!python.pythonIsThere)(`is its own and that of its children: python${python.unavailable}`, async () => {
    await python.write({ 'usage.py': PYTHON });
    const observed = newObserved();
    const output = (await python.runFile({ script: 'usage.py', function: 'f' }, { observed })) as { peak: number };
    assertOwn(observed.usage, output);
  });

  it.skipIf(!python.pythonIsThere)(`counts what its forks share once${python.unavailable}`, async () => {
    await python.write({ 'forks.py': FORKS });
    const observed = newObserved();
    await python.runFile({ script: 'forks.py', function: 'f' }, { observed });
    expect(observed.usage.peak_memory_mb).toBeGreaterThan(200);
    expect(observed.usage.peak_memory_mb).toBeLessThan(500);
  });
});

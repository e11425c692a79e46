import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';

describe('examples/nestjs', () => {
  let child: ChildProcess;

  afterEach(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('takes readings by HTTP, answers by a request over MQTT, shows them live, and ends', async function () {
    this.timeout(30_000);
    const args = ['--import=tsx', 'examples/nestjs/main.ts'];
    child = spawn(process.execPath, args, { env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
    const gateway = await addressOf(child);

    expect(await json(`${gateway}/meters/7`)).to.include({ message: 'meter 7 has not said anything', statusCode: 404 });

    const live = await fetch(`${gateway}/meters/7/live`);
    const post = (kWh: number) =>
      json(`${gateway}/meters/7/readings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kWh }),
      });
    const reader = live.body!.getReader();
    let shown = '';
    // the stream is subscribed at the broker a little after the response has begun
    while (!shown.includes('"kWh":')) {
      expect(await post(12.5)).to.deep.equal({ reached: 'acknowledged' });
      const chunk = await Promise.race([reader.read(), json(`${gateway}/health`)]);
      if (chunk instanceof Object && 'value' in chunk) shown += new TextDecoder().decode(chunk.value as Uint8Array);
    }
    expect(shown).to.include('data: {"kWh":12.5}');
    await reader.cancel();

    expect(await json(`${gateway}/meters/7`)).to.deep.equal({ meter: '7', kWh: 12.5 });
    expect(await json(`${gateway}/health`)).to.nested.include({ 'mqtt.status': 'up' });

    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
  });
});

async function json(url: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(url, init)).json();
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface(stdout!)) {
    const [, url] = /curl -N (\S+)\/meters/.exec(line) ?? [];
    if (url !== undefined) {
      stdout!.resume();
      return url;
    }
  }
  throw new Error('the example has ended');
}

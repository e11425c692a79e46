import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { VirtualTimeScheduler, firstValueFrom } from 'rxjs';
import { type ClientStats, type MqttError, memoryTransport, mqtt } from '../../src/index.js';
import { connack } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

/** Accepts whoever comes. */
const accepting = () => {
  return memoryTransport(peer => {
    let greeted = false;
    peer.data$.subscribe(() => {
      if (greeted) return;
      greeted = true;
      peer.write(serverBytes(connack(), 5));
    });
  });
};

describe('stats$ of a client that is closed [S18]', () => {
  it('tells the last figures, has no timer, and goes on when the client is opened again', () => {
    const scheduler = new VirtualTimeScheduler(undefined, 100_000);
    const client = mqtt('mqtt://b', { transport: accepting(), scheduler, keepalive: 0, platformSignal$: false });
    const seen: ClientStats[] = [];
    let completed = false;
    client.stats$.subscribe({ next: stats => seen.push(stats), complete: () => (completed = true) });
    client.connect().subscribe();
    scheduler.schedule(() => client.close(), 10_000);
    scheduler.flush();
    expect(scheduler.actions).to.have.length(0);
    expect(client.connection.status).to.equal('closed');
    expect(completed).to.equal(false);
    expect(seen.at(-1)).to.include({ inFlight: 0, reconnects: 0 });

    client.connect().subscribe();
    scheduler.schedule(() => client.close(), 5000);
    scheduler.flush();
    expect(seen.at(-1)).to.include({ reconnects: 1 });
    expect(scheduler.actions).to.have.length(0);
  });

  it('does not keep a process alive', function () {
    this.timeout(30_000);
    const program = `
      import { memoryTransport, mqtt } from './src/index.ts';
      const client = mqtt('mqtt://b', { transport: memoryTransport(() => undefined) });
      client.stats$.subscribe();
      client.close();
      process.on('exit', () => process.stdout.write(client.connection.status));
    `;
    const flags = ['--import=tsx', '--input-type=module'];
    const said = execFileSync(process.execPath, [...flags, '-e', program], { timeout: 20_000, encoding: 'utf8' });
    expect(said).to.equal('closed');
  });
});

describe('autoConnect: false, before connect() [S2]', () => {
  const refusal = (start: (client: ReturnType<typeof mqtt>, error: (error: unknown) => void) => void): unknown => {
    let refused: MqttError | undefined;
    const client = mqtt('mqtt://b', { transport: accepting(), autoConnect: false });
    start(client, error => (refused = error as MqttError));
    expect(client.connection.status).to.equal('idle');
    return refused && [refused.code, refused.delivery];
  };

  it('QoS 0 is refused: nobody connects', () => {
    const code = refusal((client, error) => client.publish('t').subscribe({ error }));
    expect(code).to.deep.equal(['NOT_CONNECTED', 'rejected']);
  });

  it('QoS 1 waits for connect()', () => {
    expect(refusal((client, error) => client.publish('t', '', { qos: 1 }).subscribe({ error }))).to.equal(undefined);
  });

  it('QoS 0 waits for the first connection once connect() is subscribed', async () => {
    const client = mqtt('mqtt://b', { transport: accepting(), autoConnect: false });
    const [connected, { qos }] = await Promise.all([
      firstValueFrom(client.connect()),
      firstValueFrom(client.publish('t')),
    ]);
    expect([connected.reasonCode, qos]).to.deep.equal([0, 0]);
    client.close();
  });
});

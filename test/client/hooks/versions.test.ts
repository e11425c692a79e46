import { expect } from 'chai';
import { filter, firstValueFrom, noop } from 'rxjs';
import { type MqttOptions, type ProtocolVersion, addHooks, fixedDelay, mqtt } from '../../../src/index.js';
import { virtualBroker } from '../../../src/testing/index.js';
import { only, recordingHooks } from './record.js';

const hooks = { onPublish: () => ({ userProperties: [['trace', '1']] as [string, string][] }) };

/** Publishes by a client with hooks, before it is connected, to a broker of this version. Returns the PUBLISH that the broker gets. */
async function publishedTo(versions: readonly ProtocolVersion[], options: MqttOptions) {
  const broker = virtualBroker({ versions });
  const client = mqtt('mqtt://broker', { transport: broker.transport, ...options });
  addHooks(client, hooks);
  const received = firstValueFrom(
    broker.packet$.pipe(filter(({ direction, packet }) => direction === 'received' && packet.cmd === 'publish')),
  );
  const result = firstValueFrom(client.publish('t', 'x', { qos: 1 }));
  const { packet } = await received;
  await result;
  client.close();
  return packet as { properties?: unknown };
}

describe('user properties that hooks add', () => {
  it('are sent on a connection of 5.0, also if the message waited for it [S198]', async () => {
    const { properties } = await publishedTo([5], {});
    expect(properties).to.deep.equal({ userProperties: [['trace', '1']] });
  });

  for (const version of [3, 4] as const)
    it(`are left out on a connection of version ${version}, which takes the message [S198]`, async () => {
      const { properties } = await publishedTo([version], {});
      expect(properties ?? {}).to.deep.equal({});
    });

  it('are left out where a 3.x connection follows one of 5.0, also after their hooks were removed [S198]', async () => {
    const first = virtualBroker({ versions: [5] });
    const second = virtualBroker({ versions: [4] });
    let broker = first;
    const client = mqtt('mqtt://broker', {
      transport: target => broker.transport(target),
      clientId: 'c',
      clean: false,
      reconnect: fixedDelay(1),
    });
    const instrumenting = addHooks(client, hooks);
    await firstValueFrom(client.connect());
    first.halfOpen();
    const result = firstValueFrom(client.publish('t', 'x', { qos: 1 }));
    instrumenting.unsubscribe();
    const received = firstValueFrom(
      second.packet$.pipe(filter(({ direction, packet }) => direction === 'received' && packet.cmd === 'publish')),
    );
    broker = second;
    client.reconnect().subscribe({ error: noop });
    expect(((await received).packet as { properties?: unknown }).properties ?? {}).to.deep.equal({});
    expect((await result).topic).to.equal('t');
    client.close();
  });
});

describe('hooks of a message', () => {
  it('are told each time that it is sent [S197]', async () => {
    const lines: string[] = [];
    const broker = virtualBroker();
    const client = mqtt('mqtt://broker', { transport: broker.transport, clientId: 'c', clean: false });
    addHooks(client, only(recordingHooks(lines), 'onPublish'));
    await firstValueFrom(client.connect());
    broker.halfOpen();
    const result = firstValueFrom(client.publish('t', 'x', { qos: 1 }));
    await Promise.resolve();
    client.reconnect().subscribe({ error: noop });
    await result;
    expect(lines).to.deep.equal(['publish t q1', 't queued', 't sent #', 't sent # dup', 't delivered']);
    client.close();
  });
});

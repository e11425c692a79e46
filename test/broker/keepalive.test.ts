import { expect } from 'chai';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { describeMosquitto, type Mosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type Proxy, startProxy } from './proxy.js';
import { closedAfterEach, connected, inState, watch } from './support.js';

describeWithoutLeaks('keepalive (P2)', () => {
  const client = closedAfterEach();
  const keepalive = 1; // s; a broker hangs up after 1.5 s of silence

  /** All of them at the same time, because it takes its time. */
  async function staysConnected(...ways: readonly (readonly [string, 'auto' | 5 | 4 | 3])[]): Promise<void> {
    await Promise.all(
      ways.map(async ([url, protocolVersion]) => {
        const mqtt = client(url, { protocolVersion, keepalive });
        await connected(mqtt);
        const { lines } = watch(mqtt);
        const pings$ = mqtt.packet$.pipe(filter(({ packet }) => packet.cmd === 'pingresp'));
        const begin = Date.now();
        const [, second] = await firstValueFrom(pings$.pipe(take(2), toArray()));
        expect(lines).to.deep.equal(['> PINGREQ', '< PINGRESP', '> PINGREQ', '< PINGRESP']);
        // the client counts from its last packet, which was sent a little before
        expect(second!.timestamp - begin).to.be.at.least(1400);
        expect(mqtt.connection.status).to.equal('connected');
        const { roundTrip } = await firstValueFrom(mqtt.stats$);
        expect(roundTrip).to.be.at.least(0);
      }),
    );
  }

  describe('aedes', () => {
    let broker: AedesServer;
    let proxy: Proxy;
    before('start the broker', async () => {
      broker = await startAedes();
      proxy = await startProxy(broker.port);
    });
    after('stop the broker', async () => {
      await proxy.stop();
      await broker.close();
    });

    it('keeps a silent connection', () => staysConnected([broker.url, 'auto'], [broker.url, 3]));

    it('notices a dead one by its own deadline, and gets another', async () => {
      const mqtt = client(proxy.url, { keepalive, pingTimeout: 100 });
      await connected(mqtt);
      proxy.mute();
      expect((await inState(mqtt, 'reconnecting')).error).to.include({ code: 'KEEPALIVE_TIMEOUT', retryable: true });
      await inState(mqtt, 'connected');
    });
  });

  describeMosquitto('mosquitto', () => {
    let broker: Mosquitto;
    before('start the broker', async () => {
      broker = await startMosquitto();
    });
    after('stop the broker', () => broker.stop());

    it('keeps a silent connection', async () => {
      await staysConnected([broker.url, 'auto'], [broker.url, 5], [broker.url, 4], [broker.url, 3]);
      expect(broker.log()).to.include('Sending PINGRESP').and.not.include('exceeded timeout');
    });
  });
});

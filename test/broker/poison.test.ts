import { expect } from 'chai';
import { filter, firstValueFrom, forkJoin, lastValueFrom, take, toArray } from 'rxjs';
import { MqttError, mqtt } from '../../src/index.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';

describeMosquitto('a message at which mosquitto hangs up', () => {
  let broker: Mosquitto;
  before('start mosquitto', async () => {
    broker = await startMosquitto({ config: ['max_packet_size 2000'] });
  });
  after('stop mosquitto', () => broker.stop());

  for (const [clean, qos] of [
    [true, 1],
    [false, 1],
    [false, 2],
  ] as const) {
    it(`does not starve the others: 3.1.1, clean ${clean}, QoS ${qos} [S110] [S111]`, async () => {
      const client = mqtt(broker.url, {
        protocolVersion: 4,
        clean,
        clientId: `poison-${clean}-${qos}`,
        reconnect: { initial: 20, max: 50 },
      });
      try {
        let connections = 0;
        client.connection$.pipe(filter(({ status }) => status === 'connected')).subscribe(() => connections++);
        await lastValueFrom(client.connect());
        const ack$ = client.ack$.pipe(take(61), toArray());
        const acks = firstValueFrom(ack$);
        const bad = lastValueFrom(client.publish('bad', new Uint8Array(5000), { qos })).catch((e: unknown) => e);
        const good = forkJoin(Array.from({ length: 60 }, (_, i) => client.publish(`good/${i}`, `${i}`, { qos })));
        expect((await lastValueFrom(good)).length).to.equal(60);
        const error = await bad;
        expect(MqttError.is(error, 'DELIVERY_GIVEN_UP')).to.equal(true);
        expect(error).to.have.property('delivery', 'indeterminate');
        expect(connections).to.be.at.most(7);
        const lost = (await acks).flatMap(ack => (ack.kind === 'publish' && ack.error ? [ack.topic] : []));
        expect(lost).to.deep.equal(['bad']);
      } finally {
        await lastValueFrom(client.disconnect(), { defaultValue: undefined });
      }
    });
  }
});

describeMosquitto('a filter at which mosquitto hangs up', () => {
  let broker: Mosquitto;
  before('start mosquitto', async () => {
    broker = await startMosquitto();
  });
  after('stop mosquitto', () => broker.stop());

  /** mosquitto takes 200 levels, and ends the connection at more. */
  const deep = Array.from({ length: 300 }, () => 'a').join('/');

  for (const [protocolVersion, clean] of [
    [4, true],
    [4, false],
    [5, true],
  ] as const) {
    it(`errors its stream and starves nothing else: version ${protocolVersion}, clean ${clean} [S93] [S94]`, async () => {
      const client = mqtt(broker.url, {
        protocolVersion,
        clean,
        clientId: `poison-filter-${protocolVersion}-${clean}`,
        reconnect: { initial: 20, max: 50 },
      });
      try {
        let connections = 0;
        client.connection$.pipe(filter(({ status }) => status === 'connected')).subscribe(() => connections++);
        const bad = lastValueFrom(client.topic$(deep)).catch((e: unknown) => e);
        const good = firstValueFrom(client.topic$('echo'));
        const published = forkJoin(Array.from({ length: 20 }, (_, i) => client.publish(`good/${i}`, '', { qos: 1 })));
        expect((await lastValueFrom(published)).length).to.equal(20);
        expect(MqttError.is(await bad, 'SUBSCRIBE_REFUSED')).to.equal(true);
        await lastValueFrom(client.publish('echo', 'x', { qos: 1 }));
        expect((await good).text()).to.equal('x');
        expect(connections).to.be.at.most(7);
      } finally {
        await lastValueFrom(client.disconnect(), { defaultValue: undefined });
      }
    });
  }
});

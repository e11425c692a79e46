import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { expect } from 'chai';
import { type MqttWarning } from '../../src/index.js';
import { connected, describeOnMosquitto, listen, subscribed } from './support.js';

const text = (value: string) => [value.length >> 8, value.length & 0xff, ...Buffer.from(value)];
/** Small packets only, but for one of 50 kB. */
const packet = (first: number, body: readonly number[]) => {
  const { length } = body;
  const header = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14];
  return Uint8Array.from([first, ...header, ...body]);
};
const CONNECT = packet(0x10, [...text('MQTT'), 5, 2, 0, 60, 0, 0, 0]);

describeOnMosquitto('messages that a publisher spoils, and mosquitto passes on', 5, bench => {
  let publisher: Socket;
  beforeEach(async () => {
    publisher = connect(Number(new URL(bench.directUrl).port), '127.0.0.1');
    publisher.write(CONNECT);
    await once(publisher, 'data');
  });
  afterEach(() => publisher.destroy());

  const sections: Record<string, [section: readonly number[], reasonCode: number]> = {
    'a response topic with a wildcard': [[8, ...text('a/+/b')], 0x90],
    'a payload format indicator of 2': [[1, 2], 0x99],
    '10,001 user properties': [new Array<number[]>(10_001).fill([0x26, 0, 0, 0, 0]).flat(), 0x97],
  };

  for (const qos of [0, 1, 2] as const) {
    for (const [what, [section, reasonCode]] of Object.entries(sections)) {
      it(`QoS ${qos}, ${what}: what follows arrives on the same connection [S116]`, async () => {
        const topic = bench.unique();
        const clientId = bench.unique();
        const client = bench.client({ clientId, clean: false });
        const warnings: MqttWarning[] = [];
        client.warning$.subscribe(warning => warnings.push(warning));
        const lost: string[] = [];
        client.connection$.subscribe(state => {
          if (state.status === 'reconnecting') lost.push(state.error.code);
        });
        await connected(client);
        const inbox = await subscribed(client, topic, { qos });
        const length =
          section.length < 0x80
            ? [section.length]
            : [(section.length & 0x7f) | 0x80, ((section.length >> 7) & 0x7f) | 0x80, section.length >> 14];
        const publish = (id: number, properties: readonly number[], payload: string) =>
          packet(0x30 | (qos << 1), [
            ...text(topic),
            ...(qos > 0 ? [0, id] : []),
            ...properties,
            ...Buffer.from(payload),
          ]);
        publisher.write(publish(1, [...length, ...section], 'bad'));
        if (qos === 2) publisher.write(Uint8Array.of(0x62, 2, 0, 1));
        publisher.write(publish(2, [0], 'good'));
        if (qos === 2) publisher.write(Uint8Array.of(0x62, 2, 0, 2));
        const [message] = await inbox.first(1);
        expect(message!.text()).to.equal('good');
        expect(lost).to.deep.equal([]);
        expect(warnings).to.have.length(1);
        expect(warnings[0]).to.include({ code: 'MESSAGE_REFUSED', topic, qos, reasonCode, count: 1 });

        // and the broker does not send it again on the next connection
        const again = listen(client, topic, { qos });
        await connected({ connect: () => client.reconnect() } as typeof client);
        publisher.write(publish(3, [0], 'later'));
        if (qos === 2) publisher.write(Uint8Array.of(0x62, 2, 0, 3));
        await again.before('later');
        expect(warnings).to.have.length(1);
      });
    }
  }
});

import { expect } from 'chai';
import { mqttMarbles } from '../../support/marbles.js';
import { flood } from './support.js';

describe('a handler that publishes on the client that it consumes with', () => {
  it(
    'waits for ever where reading pauses: the warning says why',
    mqttMarbles(({ client, act }) => {
      const { transport, seen } = flood({ version: 4, qos: 0, rate: 10 });
      const mqtt = client(transport, { protocolVersion: 4, ackWarnAfter: 100 }, 500);
      const warned: string[] = [];
      mqtt.warning$.subscribe(({ code, message }) => warned.push(`${code} ${message}`));
      mqtt
        .consume('t', () => mqtt.publish('out', 'x', { qos: 1 }), { qos: 0, buffer: { size: 20 } })
        .subscribe({ error: () => undefined });
      act('300ms a', {
        a: () => {
          expect(seen.paused).to.equal(true);
          expect(warned).to.have.length(1);
          expect(warned[0]).to.match(/^RECEIVE_WINDOW_STUCK .*the acknowledgements of published messages are not read/);
        },
      });
    }),
  );

  it(
    'goes on with a Receive Maximum: the broker stops, and answers come',
    mqttMarbles(({ client, act }) => {
      const { transport, seen } = flood({ version: 5, qos: 1, rate: 10, window: 10 });
      const mqtt = client(transport, { clean: false, clientId: 'me', properties: { receiveMaximum: 10 } }, 500);
      let done = 0;
      mqtt
        .consume('t', () => mqtt.publish('out', 'x', { qos: 1 }), { buffer: { size: 20 } })
        .subscribe({ next: () => done++, error: () => undefined });
      act('400ms a', {
        a: () => {
          expect(seen.pauses).to.equal(0);
          expect(done).to.be.above(70);
        },
      });
    }),
  );
});

import { expect } from 'chai';
import { type WebBroker, aedes, mosquitto } from './brokers.js';
import { describeChromium } from './chromium.js';

const exchanged = { came: ['0 hello 0', '1 hello 1', '2 hello 2'], sent: [0, 1, 2] };

describeChromium('in Chromium', theatre => {
  for (const [name, start, version] of [
    ['mosquitto', mosquitto, 5],
    ['aedes', aedes, 4],
  ] as const) {
    describe(`with ${name}`, () => {
      let broker: WebBroker;
      before(async () => (broker = await start()));
      after(() => broker.stop());

      for (const where of ['page', 'worker'] as const) {
        for (const scheme of ['ws', 'wss'] as const) {
          it(`a ${where} sends and gets every QoS over ${scheme}`, async () => {
            const actor = await theatre.actor(where);
            const result = await actor.do('exchange', broker.urls[scheme]);
            expect(result).to.deep.equal({ ...exchanged, version });
          });
        }

        it(`a ${where} comes back after the broker has restarted, with its subscriptions`, async () => {
          const actor = await theatre.actor(where);
          await actor.do('watch', broker.urls.ws, { reconnect: { initial: 50 } });
          await actor.do('reached', 'connected');
          await actor.do('say', 'before');
          await actor.do('reached', 'before');
          await broker.restart();
          await actor.do('reached', 'before', 'reconnecting CONNECTION_CLOSED', 'connected');
          await actor.do('say', 'after');
          await actor.do('reached', 'before', 'reconnecting CONNECTION_CLOSED', 'connected', 'after');
        });
      }
    });
  }
});

import { EnvironmentInjector, createEnvironmentInjector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { filter, firstValueFrom, map } from 'rxjs';
import { type MqttClient, received } from '../../src/index.js';
import { MQTT_CLIENT, injectTopic, provideMqtt, topicResource } from '../../src/angular/index.js';
import { virtualBroker } from '../../src/testing/index.js';

// With a client and a broker: a mock ends its turns at once.
describe('Topics of views that come and go in one turn', () => {
  let client: MqttClient;
  let sent: string[];

  beforeEach(async () => {
    const { transport } = virtualBroker({ latency: 1 });
    TestBed.configureTestingModule({ providers: [provideMqtt('mqtt://broker', { transport })] });
    client = TestBed.inject(MQTT_CLIENT);
    sent = [];
    client.packet$
      .pipe(
        filter(({ direction }) => direction === 'sent'),
        map(({ packet }) => packet.cmd),
        filter(cmd => cmd.endsWith('subscribe')),
      )
      .subscribe(cmd => sent.push(cmd));
    await firstValueFrom(client.publish('a', 'kept', { qos: 1, retain: true }));
  });

  const nextMessage = () => firstValueFrom(client.packet$.pipe(received('publish')));
  const createView = () => createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));

  for (const [name, source] of [
    ['a filter', 'a'],
    ['a signal', () => 'a'],
  ] as const) {
    it(`the next view has the message of the last one, with ${name}`, async () => {
      const view = createView();
      injectTopic(source, { injector: view });
      const message = nextMessage();
      TestBed.tick();
      await message;
      view.destroy();
      const topic = injectTopic(source, { injector: createView() });
      TestBed.tick();
      expect(topic()?.text()).to.equal('kept');
      expect(sent).to.deep.equal(['subscribe']);
    });

    it(`a resource that is reloaded gets the retained message again, with ${name}`, async () => {
      const resource = topicResource(source, { injector: createView() });
      const message = nextMessage();
      TestBed.tick();
      await message;
      const again = nextMessage();
      resource.reload();
      TestBed.tick();
      await again;
      expect(sent).to.deep.equal(['subscribe', 'unsubscribe', 'subscribe']);
    });
  }
});

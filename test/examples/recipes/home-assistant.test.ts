import { expect } from 'chai';
import { BehaviorSubject, filter, firstValueFrom, lastValueFrom } from 'rxjs';
import { type Thermostat, showThermostat, thermostatWill } from '../../../examples/recipes/home-assistant.js';
import type { MqttClient } from '../../../src/index.js';
import { closed, closedAfterEach, inState, listen, published, settled } from '../../broker/support.js';
import { type AedesServer, startAedes } from '../../support/aedes.js';
import { describeWithoutLeaks } from '../../support/resources.js';

/** As Home Assistant documents it, with every key that it requires: device, origin with a name, and components with a platform. */
const discovery = {
  device: { identifiers: ['attic'], name: 'Attic', manufacturer: 'Example', model: 'Thermostat' },
  origin: { name: 'rxjs-mqtt recipe' },
  availability_topic: 'attic/availability',
  qos: 1,
  components: {
    temperature: {
      platform: 'sensor',
      unique_id: 'attic_temperature',
      device_class: 'temperature',
      state_class: 'measurement',
      unit_of_measurement: '°C',
      state_topic: 'attic/temperature',
    },
    heating: {
      platform: 'switch',
      unique_id: 'attic_heating',
      name: 'Heating',
      state_topic: 'attic/heating',
      command_topic: 'attic/heating/set',
    },
  },
};
const CONFIG = 'homeassistant/device/attic/config';

describeWithoutLeaks('the recipe of Home Assistant', () => {
  const client = closedAfterEach();
  let broker: AedesServer;
  let thermostat: Thermostat & { celsius$: BehaviorSubject<number>; heating$: BehaviorSubject<boolean> };
  let device: MqttClient;

  beforeEach(async () => {
    broker = await startAedes();
    const heating$ = new BehaviorSubject(false);
    thermostat = {
      id: 'attic',
      name: 'Attic',
      celsius$: new BehaviorSubject(21.5),
      heating$,
      setHeating: on => heating$.next(on),
    };
    device = client(broker.url, { will: thermostatWill('attic') });
  });
  afterEach(async () => {
    await closed(device);
    await broker.close();
  });

  const run = async () => {
    const ready = settled(device, 'subscribe', 'attic/heating/set');
    showThermostat(device, thermostat).subscribe();
    await ready;
  };
  /** What Home Assistant hears from now on. */
  const homeAssistant = () => {
    const mqtt = client(broker.url);
    const inbox = listen(mqtt, ['homeassistant/device/+/config', 'attic/#'], { qos: 1 });
    const heard = async (count: number) =>
      (await inbox.first(count)).slice(-4).map(({ topic, retain, ...message }) => ({
        topic,
        retain,
        text: new TextDecoder().decode(message.payload),
      }));
    return { mqtt, inbox, heard };
  };
  /** The next message of a topic that is like this. */
  const next = (mqtt: MqttClient, topic: string, text: string) =>
    firstValueFrom(mqtt.topic$(topic, { qos: 1 }).pipe(filter(message => message.text() === text)));

  it('is discovered with its states, retained for a Home Assistant that starts later', async () => {
    const shown = firstValueFrom(
      device.ack$.pipe(filter(ack => ack.kind === 'publish' && ack.topic === 'attic/heating')),
    );
    await run();
    await shown;
    const messages = await homeAssistant().heard(4);
    const byTopic = new Map(messages.map(({ topic, text }) => [topic, text]));
    expect(messages.every(({ retain }) => retain)).to.equal(true);
    expect(JSON.parse(byTopic.get(CONFIG)!)).to.deep.equal(discovery);
    byTopic.delete(CONFIG);
    expect(Object.fromEntries(byTopic)).to.deep.equal({
      'attic/availability': 'online',
      'attic/temperature': '21.5',
      'attic/heating': 'OFF',
    });
  });

  it('is switched, and reports its new state', async () => {
    await run();
    const { mqtt } = homeAssistant();
    const on = next(mqtt, 'attic/heating', 'ON');
    await published(mqtt, 'attic/heating/set', 'ON', { qos: 1 });
    await on;
    expect(thermostat.heating$.value).to.equal(true);
    const off = next(mqtt, 'attic/heating', 'OFF');
    await published(mqtt, 'attic/heating/set', 'OFF', { qos: 1 });
    await off;
    expect(thermostat.heating$.value).to.equal(false);
  });

  it('publishes all of it again when Home Assistant has started', async () => {
    await run();
    const { mqtt, heard } = homeAssistant();
    await heard(4);
    await published(mqtt, 'homeassistant/status', 'offline', { qos: 1 });
    await published(mqtt, 'homeassistant/status', 'online', { qos: 1 });
    const again = await heard(8);
    expect(again.map(({ topic }) => topic)).to.deep.equal([
      CONFIG,
      'attic/availability',
      'attic/temperature',
      'attic/heating',
    ]);
  });

  it('is not available without its connection, and shows its present state afterwards', async () => {
    await run();
    const { mqtt, inbox } = homeAssistant();
    await next(mqtt, 'attic/heating', 'OFF');
    const lost = next(mqtt, 'attic/availability', 'offline');
    const back = next(mqtt, 'attic/temperature', '19.0');
    const reconnecting = inState(device, 'reconnecting');
    endConnection(broker, device);
    await reconnecting;
    for (const celsius of [20.5, 20, 19]) thermostat.celsius$.next(celsius);
    await lost;
    await back;
    const temperatures = inbox.messages.filter(({ topic }) => topic === 'attic/temperature');
    expect([...new Set(temperatures.map(message => message.text()))]).to.deep.equal(['21.5', '19.0']);
    expect((await next(client(broker.url), 'attic/availability', 'online')).retain).to.equal(true);
  });

  it('is not available after disconnect({ will: true })', async () => {
    await run();
    await lastValueFrom(device.disconnect({ will: true }), { defaultValue: undefined });
    const offline = await next(homeAssistant().mqtt, 'attic/availability', 'offline');
    expect(offline.retain).to.equal(true);
  });
});

/** Ends the connection of a client as a broken network does. */
function endConnection(broker: AedesServer, client: MqttClient): void {
  const { connection } = client;
  const id = connection.status === 'connected' ? connection.limits.clientId : '';
  const clients = (broker.broker as unknown as { clients: Record<string, { conn: { destroy(): void } }> }).clients;
  clients[id]!.conn.destroy();
}

// Jest runs this as CommonJS, without configuration.
const { lastValueFrom, take } = require('rxjs');
const { mqtt, MqttError } = require('rxjs-mqtt');
const { connack, mockMqtt, mqttMarbles } = require('rxjs-mqtt/testing');

test('connects to a broker', async () => {
  const client = mqtt(process.env.BROKER);
  const received = lastValueFrom(client.topic$('jest/+').pipe(take(1)));
  await lastValueFrom(client.connect());
  await lastValueFrom(client.publish('jest/test', 'hello', { qos: 1 }));
  expect((await received).text()).toBe('hello');
  await lastValueFrom(client.disconnect(), { defaultValue: undefined });
});

test('loads the WebSocket client when it is needed', async () => {
  const client = mqtt('ws://127.0.0.1:1', { reconnect: false, quiet: true });
  const error = await lastValueFrom(client.connect()).catch(each => each);
  expect(MqttError.is(error, 'CONNECTION_FAILED')).toBe(true);
});

test('has a mock', () => {
  const mock = mockMqtt();
  const topics = [];
  mock.topic$('a/+').subscribe(({ topic }) => topics.push(topic));
  mock.emit('a/b');
  expect(topics).toEqual(['a/b']);
});

test(
  'has marbles',
  mqttMarbles(({ act, broker, client, expectSent }) => {
    const mqttClient = client(broker(['-a'], { a: connack() }));
    act('c', { c: () => mqttClient.connect() });
    expectSent(mqttClient).toBe('c', { c: { cmd: 'connect' } });
  }),
);

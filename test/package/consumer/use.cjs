// The package by require(): one exchange with a broker, and the entry point for tests.
const { strict: assert } = require('node:assert');
const { lastValueFrom, take } = require('rxjs');
const { mqtt, MqttMessage } = require('rxjs-mqtt');
const { mockMqtt } = require('rxjs-mqtt/testing');

async function run(url) {
  const client = mqtt(url);
  const received = lastValueFrom(client.topic$('package/+').pipe(take(1)));
  await lastValueFrom(client.connect());
  await lastValueFrom(client.publish('package/test', 'hello', { qos: 2 }));
  const message = await received;
  await lastValueFrom(client.disconnect(), { defaultValue: undefined });

  assert.equal(message.text(), 'hello');
  assert(message instanceof MqttMessage);
  assert.equal(mockMqtt().connection.status, 'connected');
  console.log('require works');
}

run(process.argv[2]);

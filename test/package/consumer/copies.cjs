// A program that requires the package and imports it. Where these are two copies, each accepts what the other one makes.
const { strict: assert } = require('node:assert');
const { firstValueFrom, lastValueFrom, of, take, throwError, toArray } = require('rxjs');
const required = require('rxjs-mqtt');
const requiredTesting = require('rxjs-mqtt/testing');

/** Streams, operators, errors and messages of the copy `a` with a client of the copy `b`. */
async function mix(a, aTesting, b, bTesting) {
  const error = new a.MqttError('CONNECTION_REFUSED', 'not today', { retryable: false });
  assert(b.MqttError.is(error, 'CONNECTION_REFUSED'));
  const refused = b.mqtt('mqtt://host', { transport: () => throwError(() => error), quiet: true });
  assert.equal(await firstValueFrom(refused.connect()).catch(each => each), error, 'an error is passed on as it is');

  // A broker in memory, a strategy, operators and a codec.
  const broker = aTesting.virtualBroker();
  const client = b.mqtt('mqtt://host', { transport: broker.transport, reconnect: a.failover(), quiet: true });
  const connacks = lastValueFrom(client.packet$.pipe(a.received('connack'), take(1)));
  const processed = [];
  const handled = lastValueFrom(
    client.topic$('a/+id', { ack: 'manual', decode: a.json() }).pipe(
      a.ackAfter(({ value, params }) => of(processed.push([params.id, value]))),
      take(2),
      toArray(),
    ),
  );
  await lastValueFrom(client.connect());
  assert.equal((await connacks).cmd, 'connack');
  await lastValueFrom(client.publish('a/7', JSON.stringify({ on: true }), { qos: 1 }));
  await lastValueFrom(client.publish('a/8', JSON.stringify({ on: false }), { qos: 2 }));
  await handled;
  assert.deepEqual(processed, [
    ['7', { on: true }],
    ['8', { on: false }],
  ]);
  await lastValueFrom(client.disconnect(), { defaultValue: undefined });

  // Marbles and virtual time, with values of the other copy in what is expected and in what fails.
  const message = new b.MqttMessage('t', new Uint8Array([104, 105]), 1, false, false);
  const failing = aTesting.mqttMarbles(({ cold, expectObservable }) =>
    expectObservable(cold('m|', { m: message })).toBe('x|', { x: 1 }),
  );
  assert.throws(failing, /t "hi" q1/, 'a message is described as one');
  aTesting.mqttMarbles(({ act, broker: scripted, expectSent }) => {
    const transport = scripted(['-a'], { a: aTesting.connack() });
    const scheduled = b.mqtt('mqtt://host', { transport, reconnect: false });
    act('c--d', { c: () => scheduled.connect(), d: () => scheduled.disconnect() });
    expectSent(scheduled).toBe('c--d', { c: { cmd: 'connect' }, d: { cmd: 'disconnect' } });
  })();

  const mock = bTesting.mockMqtt();
  const texts = firstValueFrom(mock.topic$('t', { decode: a.text }));
  mock.emit('t', 'hello');
  assert.equal((await texts).value, 'hello');
}

async function run() {
  const imported = await import('rxjs-mqtt');
  const importedTesting = await import('rxjs-mqtt/testing');
  await mix(required, requiredTesting, imported, importedTesting);
  await mix(imported, importedTesting, required, requiredTesting);
  console.log(required.MqttError === imported.MqttError ? 'one copy' : 'two copies that agree');
}

run();

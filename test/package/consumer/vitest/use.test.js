// Vitest runs this as an ES module, without configuration.
import { lastValueFrom, take } from 'rxjs';
import { mqtt } from 'rxjs-mqtt';
import { mockMqtt } from 'rxjs-mqtt/testing';

test('connects to a broker', async () => {
  const client = mqtt(process.env.BROKER);
  const received = lastValueFrom(client.topic$('vitest/+').pipe(take(1)));
  await lastValueFrom(client.connect());
  await lastValueFrom(client.publish('vitest/test', 'hello', { qos: 1 }));
  expect((await received).text()).toBe('hello');
  await lastValueFrom(client.disconnect(), { defaultValue: undefined });
});

test('has a mock', () => {
  const mock = mockMqtt();
  const topics = [];
  mock.topic$('a/+').subscribe(({ topic }) => topics.push(topic));
  mock.emit('a/b');
  expect(topics).toEqual(['a/b']);
});

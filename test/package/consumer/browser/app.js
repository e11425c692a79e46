// An application for browsers as it stands, in each version that a broker may speak.
import { concatMap, from, lastValueFrom, take, toArray } from 'rxjs';
import { mqtt } from 'rxjs-mqtt';

async function exchange(protocolVersion) {
  const client = mqtt('ws://broker.example:9001', {
    protocolVersion,
    username: 'user',
    password: 'secret',
    will: { topic: 'app/will', payload: 'gone' },
  });
  const states = [];
  client.connection$.subscribe(({ status }) => states.push(status));
  const messages = lastValueFrom(client.topic$('app/+qos', { qos: 2 }).pipe(take(3), toArray()));
  const publish = qos => client.publish(`app/${qos}`, `€ ${qos}`, { qos });
  await lastValueFrom(from([0, 1, 2]).pipe(concatMap(publish)));
  const read = (await messages).map(message => `${message.params.qos}: ${message.text()}`);
  const refused = await lastValueFrom(client.topic$('refused')).catch(({ code }) => code);
  await lastValueFrom(client.disconnect(), { defaultValue: undefined });
  return { states, read, refused };
}

/** What only sockets of Node can do. */
async function refused(url, options) {
  try {
    await lastValueFrom(mqtt(url, options).connect());
  } catch ({ code }) {
    return code;
  }
}

async function run() {
  const exchanges = [await exchange(5), await exchange(4)];
  const refusals = [
    await refused('mqtt://broker.example'),
    await refused('wss://broker.example', { tls: { ca: 'PEM' } }),
  ];
  return { exchanges, refusals };
}

globalThis.result = run();

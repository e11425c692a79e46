// A page that says hello to all tabs, and shows what the others say.
import { sharedMqtt } from 'rxjs-mqtt/shared';
import { createClient } from './client.js';

const client = sharedMqtt({
  worker: () => new SharedWorker(new URL('./mqtt-worker.js', import.meta.url), { type: 'module' }),
  client: createClient,
});
globalThis.heard = [];
globalThis.subscribed = new Promise((next, error) => {
  client
    .topic$('hello', { qos: 1, subscribeObserver: { next, error } })
    .subscribe(message => globalThis.heard.push(message.text()));
});
globalThis.say = text =>
  new Promise((next, error) => client.publish('hello', text, { qos: 1 }).subscribe({ next, error }));

import { randomBytes } from 'node:crypto';
import { type Observable, first, forkJoin } from 'rxjs';
import type { Broker } from './broker.js';
import { type MqttClient, type MqttOptions, mqtt } from './library.js';
import type { Link } from './link.js';

export interface Clients {
  readonly publisher: MqttClient;
  readonly consumer: MqttClient;
  /** Of all topics of this run. */
  readonly prefix: string;
}

/** The two ends, both over the link. Inert until they are asked to connect. */
export function clients({ username, password }: Broker, { port }: Link): Clients {
  const tag = randomBytes(4).toString('hex');
  const options: MqttOptions = {
    clean: false, // the broker keeps a session for each, and in it what QoS 1 and 2 promise while the link is down
    sessionExpiry: 300,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const client = (name: string, reconnect: MqttOptions['reconnect'] & object) =>
    mqtt(`mqtt://127.0.0.1:${port}`, { ...options, clientId: `demo-${name}-${tag}`, reconnect });
  return {
    // short delays without jitter: these are two clients on one machine, not thousands on a network
    publisher: client('publisher', { initial: 500, max: 1250, jitter: 'none' }),
    // back before the publisher is: it takes what the broker has kept before new messages come
    consumer: client('consumer', { initial: 700, factor: 1, jitter: 'none' }),
    prefix: `rxjs-mqtt-demo/${tag}`,
  };
}

/** Emits when the broker has acknowledged a subscription of each. */
export const subscribed = ({ publisher, consumer }: Clients): Observable<unknown> =>
  forkJoin([publisher, consumer].map(({ ack$ }) => ack$.pipe(first(({ kind }) => kind === 'subscribe'))));

/** Ends the connection in order, and the session with it: a broker of the user's shall not keep one for ever. */
export const leave = (client: MqttClient): Observable<never> => client.disconnect({ drain: 2000, sessionExpiry: 0 });

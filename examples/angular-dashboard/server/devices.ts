import {
  EMPTY,
  type Observable,
  distinctUntilChanged,
  filter,
  ignoreElements,
  map,
  merge,
  switchMap,
  tap,
  timer,
} from 'rxjs';
import { type MqttClient, fixedDelay, json, mqtt$ } from 'rxjs-mqtt';
import { type Command, type CommandReply, type DeviceInfo, parseCommand } from '../shared/device.js';
import type { Broker } from './broker.js';
import { Climate } from './climate.js';

interface Device extends DeviceInfo {
  readonly id: string;
  readonly temperature: number;
  readonly humidity: number;
  /** %, at the start. */
  readonly battery: number;
  /** s after which its power fails, each time it is there. */
  readonly holds?: number;
  /** s until it is back from a failure. */
  readonly back?: number;
}

// prettier-ignore
const devices: readonly Device[] = [
  { id: 'fern-hall', name: 'Fern Hall', place: 'North wing', model: 'TH-20', temperature: 21.4, humidity: 78, battery: 92 },
  { id: 'orchids', name: 'Orchids', place: 'North wing', model: 'TH-20', temperature: 24.8, humidity: 71, battery: 67 },
  { id: 'palm-house', name: 'Palm House', place: 'Great dome', model: 'TH-32', temperature: 26.1, humidity: 66, battery: 88 },
  { id: 'water-lilies', name: 'Water Lilies', place: 'Great dome', model: 'TH-32', temperature: 28.3, humidity: 84, battery: 54 },
  { id: 'cacti', name: 'Cacti', place: 'South wing', model: 'TH-20', temperature: 29.6, humidity: 24, battery: 97 },
  { id: 'citrus', name: 'Citrus', place: 'South wing', model: 'TH-20', temperature: 18.2, humidity: 52, battery: 73 },
  { id: 'alpine', name: 'Alpine Beds', place: 'South wing', model: 'TH-20', temperature: 11.7, humidity: 45, battery: 81 },
  { id: 'seedlings', name: 'Seedlings', place: 'Nursery', model: 'TH-32', temperature: 22.9, humidity: 69, battery: 61 },
  { id: 'cuttings', name: 'Cuttings', place: 'Nursery', model: 'TH-32', temperature: 20.6, humidity: 74, battery: 45 },
  { id: 'seed-bank', name: 'Seed Bank', place: 'Cellar', model: 'TH-08', temperature: 4.3, humidity: 18, battery: 99 },
  { id: 'boiler-room', name: 'Boiler Room', place: 'Cellar', model: 'TH-08', temperature: 33.5, humidity: 31, battery: 23, holds: 40, back: 20 },
  { id: 'cold-frame', name: 'Cold Frame', place: 'Yard', model: 'TH-08', temperature: 8.9, humidity: 58, battery: 3, holds: 4, back: 3600 },
];

/** Simulates all devices until you unsubscribe. */
export const simulation = (broker: Broker): Observable<never> => merge(...devices.map(device => life(device, broker)));

function life(device: Device, broker: Broker): Observable<never> {
  const { id, name, place, model, holds, back = 5 } = device;
  const topic = (leaf: string) => `devices/${id}/${leaf}`;
  const climate = new Climate(device);

  const connected = (client: MqttClient) =>
    client.connection$.pipe(
      map(({ status }) => status === 'connected'),
      distinctUntilChanged(),
    );

  const born = (client: MqttClient) =>
    connected(client).pipe(
      filter(Boolean),
      switchMap(() =>
        merge(
          client.publish(topic('info'), { name, place, model }, { encode: json(), qos: 1, retain: true }),
          client.publish(topic('status'), 'online', { qos: 1, retain: true }),
        ),
      ),
    );

  const telemetry = (client: MqttClient) =>
    connected(client).pipe(
      // not all at once
      switchMap(up => (up ? timer(Math.random() * 1000, 1000) : EMPTY)),
      switchMap(() => client.publish(topic('telemetry'), climate.next(), { encode: json(), qos: 1, retain: true })),
    );

  const commands = (client: MqttClient) =>
    client
      .respond(topic('command'), ({ value }) => obey(value), { decode: json(parseCommand), encode: json() })
      .pipe(
        // the broker has the reply, so the power may fail now
        tap(({ status, request }) => {
          if (status === 'replied' && (request.value as Command).action === 'restart') broker.unplug(id);
        }),
      );

  const obey = ({ action }: Command): CommandReply => {
    switch (action) {
      case 'open-vent':
      case 'close-vent':
        climate.vent = action === 'open-vent' ? 'open' : 'closed';
        return { text: `The vent is ${climate.vent}` };
      case 'blink':
        return { text: 'Blinking for five seconds' };
      case 'restart':
        return { text: `Restarting, back in ${back} s` };
    }
  };

  const failures = (client: MqttClient) =>
    holds === undefined
      ? EMPTY
      : connected(client).pipe(
          filter(Boolean),
          switchMap(() => timer(holds * 1000)),
          tap(() => broker.unplug(id)),
        );

  return mqtt$(broker.url, {
    clientId: id,
    protocolVersion: 4,
    will: { topic: topic('status'), payload: 'offline', qos: 1, retain: true },
    reconnect: fixedDelay(back * 1000),
  }).pipe(
    switchMap(client => merge(born(client), telemetry(client), commands(client), failures(client))),
    ignoreElements(),
  );
}

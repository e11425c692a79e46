// An edge node and its host, by the recipe of docs/sparkplug.md and the codec of Eclipse Tahu.
import { ReplaySubject, Subject, filter, firstValueFrom } from 'rxjs';
import { mqtt } from 'rxjs-mqtt';
import { get } from 'sparkplug-payload';
import { EdgeNode, type EdgeNodeChange } from './recipes/sparkplug/edge-node.js';
import { type NodeState, followNodes } from './recipes/sparkplug/host.js';
import type { Metric, SparkplugCodec } from './recipes/sparkplug/payload.js';

const url = process.env['BROKER']!;
const codec: SparkplugCodec = get('spBv1.0')!;

const host = mqtt(url);
const states$ = new ReplaySubject<NodeState>();
const granted = firstValueFrom(host.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
followNodes(host, 'plant', codec).subscribe(states$);
await granted;
const state = (wanted: (state: NodeState) => boolean) => firstValueFrom(states$.pipe(filter(wanted)));

const change$ = new Subject<EdgeNodeChange>();
const own: Metric[] = [
  { name: 'running', type: 'Boolean', value: true },
  { name: 'produced', type: 'Int64', value: 5_000_000_000 },
];
const pump: Metric[] = [
  { name: 'rpm', type: 'Double', value: 99.5 },
  { name: 'mode', type: 'String', value: 'auto' },
];
const edge = new EdgeNode({ group: 'plant', node: 'line', codec, change$, metrics: () => ({ '': own, pump }) });
const client = mqtt(url, edge.options);
edge.run(client).subscribe();
await state(({ devices }) => devices['pump']?.metrics['rpm'] === 99.5);

change$.next({ device: 'pump', metrics: [{ name: 'rpm', type: 'Double', value: 120 }] });
change$.next({ device: '', metrics: [{ name: 'running', type: 'Boolean', value: false }] });
await state(({ metrics }) => metrics['running'] === false);

// a second host comes late, and asks for a rebirth when the next message comes
const late = mqtt(url);
const lateStates$ = new ReplaySubject<NodeState>();
const lateGranted = firstValueFrom(late.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
followNodes(late, 'plant', codec).subscribe(lateStates$);
await lateGranted;
change$.next({ device: 'pump', metrics: [{ name: 'rpm', type: 'Double', value: 130 }] });
const born = await firstValueFrom(lateStates$.pipe(filter(({ devices }) => devices['pump'] !== undefined)));

client.disconnect({ will: true }).subscribe();
const dead = await state(({ isOnline }) => !isOnline);
console.log(JSON.stringify([born.metrics, born.devices, dead.isOnline, dead.bdSeq]));
host.close();
late.close();

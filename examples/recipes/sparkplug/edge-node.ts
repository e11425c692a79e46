import {
  EMPTY,
  type Observable,
  Subject,
  concat,
  defer,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  switchMap,
} from 'rxjs';
import type { MqttClient, MqttOptions } from '../library.js';
import { type DecodedPayload, type Metric, REBIRTH, type SparkplugCodec, following, payloadOf } from './payload.js';

export interface EdgeNodeSettings {
  readonly group: string;
  readonly node: string;
  readonly codec: SparkplugCodec;
  /** Returns the present values of all metrics: those of the node under `''`, those of each device under its name. */
  readonly metrics: () => Readonly<Record<string, readonly Metric[]>>;
  readonly change$: Observable<EdgeNodeChange>;
}

/** Metrics of the node (device `''`) or of a device that have changed, or a device that comes or goes. */
export interface EdgeNodeChange {
  readonly device: string;
  readonly metrics: readonly Metric[];
  /** Default `'DATA'`. */
  readonly kind?: 'DATA' | 'BIRTH' | 'DEATH';
}

/** What a host wants: values for metrics of the node (device `''`) or of a device. */
export interface EdgeNodeCommand extends DecodedPayload {
  readonly device: string;
}

/** An edge node of Sparkplug B. Make its client with `options`, and end it by `client.disconnect({ will: true })`: that is its NDEATH. */
export class EdgeNode {
  /** Of the last CONNECT. The first one has 0. */
  private bdSeq = -1;
  private seq = 0;

  constructor(private readonly settings: EdgeNodeSettings) {}

  /** The will is the NDEATH, with another number for each CONNECT. */
  get options(): MqttOptions {
    let next = 0;
    return {
      clean: true,
      perAttempt: () => {
        next = following(this.bdSeq);
        const payload = this.settings.codec.encodePayload(payloadOf([bdSeqMetric(next)]));
        return [{ will: { topic: this.topic('NDEATH'), payload, qos: 1 } }];
      },
      onConnectPacket: () => void (this.bdSeq = next),
    };
  }

  /** Publishes births and data while you are subscribed. Emits commands. */
  run(client: MqttClient): Observable<EdgeNodeCommand> {
    const { codec, change$ } = this.settings;
    // Births go out when the broker sends commands: on each connection, because its session is new.
    const granted$ = new Subject<unknown>();
    const message$ = client.topic$([this.topic('NCMD'), this.topic('DCMD', '+device')], {
      decode: { decode: (bytes): DecodedPayload => codec.decodePayload(bytes) },
      subscribeObserver: granted$,
    });
    const rebirth$ = new Subject<void>();
    const command$ = message$.pipe(
      map(({ params: { device = '' }, value }): EdgeNodeCommand => ({ ...value, device })),
      filter(({ metrics }) => {
        const isRebirth = metrics?.some(({ name, value }) => name === REBIRTH && value === true) === true;
        if (isRebirth) rebirth$.next();
        return !isRebirth;
      }),
    );

    const born$ = merge(granted$, rebirth$).pipe(map(() => true));
    const lost$ = client.connection$.pipe(
      map(({ status }) => status === 'connected'),
      filter(isConnected => !isConnected),
    );
    const publication$ = merge(born$, lost$).pipe(
      switchMap(isBorn =>
        isBorn
          ? concat(
              defer(() => from(this.births())),
              change$.pipe(map(change => this.publication(change))),
            )
          : EMPTY,
      ),
      client.publishAll(),
      ignoreElements(),
    );
    return merge(publication$, command$);
  }

  private births() {
    this.seq = 0;
    const { '': own = [], ...devices } = this.settings.metrics();
    const rebirth: Metric = { name: REBIRTH, type: 'Boolean', value: false };
    const node = this.publication({ kind: 'BIRTH', device: '', metrics: [bdSeqMetric(this.bdSeq), rebirth, ...own] });
    return [
      node,
      ...Object.entries(devices).map(([device, metrics]) => this.publication({ kind: 'BIRTH', device, metrics })),
    ];
  }

  /** Takes the next sequence number, so publications leave in the order in which they are made. */
  private publication({ kind = 'DATA', device, metrics }: EdgeNodeChange) {
    const payload = this.settings.codec.encodePayload(payloadOf(metrics, this.seq));
    this.seq = following(this.seq);
    return { topic: this.topic(`${device === '' ? 'N' : 'D'}${kind}`, device), payload };
  }

  private topic(type: string, device = ''): string {
    const { group, node } = this.settings;
    return `spBv1.0/${group}/${type}/${node}${device === '' ? '' : `/${device}`}`;
  }
}

const bdSeqMetric = (value: number): Metric => ({ name: 'bdSeq', type: 'Int64', value });

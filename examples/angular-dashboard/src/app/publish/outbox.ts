import { Injectable, signal } from '@angular/core';
import { filter, map, merge, take, takeWhile } from 'rxjs';
import { MqttError, type QoS, sent, text } from 'rxjs-mqtt';
import { injectMqtt } from 'rxjs-mqtt/angular';

export interface Draft {
  readonly topic: string;
  readonly payload: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

export interface Entry extends Draft {
  readonly id: number;
  readonly state: 'queued' | 'sent' | 'acknowledged' | 'refused';
  /** Why it was refused. */
  readonly error?: MqttError;
}

/** How many are listed. */
const most = 8;

/** The messages that were published here, newest first, with their progress. */
@Injectable({ providedIn: 'root' })
export class Outbox {
  readonly #client = injectMqtt();
  readonly #entries = signal<readonly Entry[]>([]);
  #next = 1;

  readonly entries = this.#entries.asReadonly();

  send(draft: Draft): void {
    const id = this.#next++;
    this.#entries.update(entries => [{ ...draft, id, state: 'queued' as const }, ...entries].slice(0, most));
    const change = (changes: Partial<Entry>) =>
      this.#entries.update(entries => entries.map(entry => (entry.id === id ? { ...entry, ...changes } : entry)));

    const { topic, qos, retain } = draft;
    const payload = text.encode(draft.payload, topic);
    const sent$ = this.#client.packet$.pipe(
      sent('publish'),
      filter(packet => packet.payload === payload),
      map(() => 'sent' as const),
      take(1),
    );
    // QoS 0 has no acknowledgement, so 'sent' is its last state
    const settled$ = this.#client.publish(topic, payload, { qos, retain }).pipe(map(({ reached }) => reached));
    const last = qos === 0 ? 'sent' : 'acknowledged';
    merge(sent$, settled$)
      .pipe(takeWhile(state => state !== last, true))
      .subscribe({
        next: state => change({ state }),
        error: (error: unknown) => change({ state: 'refused', ...(MqttError.is(error) && { error }) }),
      });
  }
}

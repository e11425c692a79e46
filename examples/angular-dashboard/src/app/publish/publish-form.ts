import { ChangeDetectionStrategy, Component, inject, input, linkedSignal, signal } from '@angular/core';
import type { QoS } from 'rxjs-mqtt';
import { type Entry, Outbox } from './outbox';

@Component({
  selector: 'app-publish-form',
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './publish-form.html',
  styleUrl: './publish-form.css',
})
export class PublishForm {
  /** The initial topic, until the user enters another one. */
  readonly suggested = input.required<string>();

  protected readonly outbox = inject(Outbox);
  protected readonly topic = linkedSignal(() => this.suggested());
  protected readonly payload = signal('Water at noon');
  protected readonly qos = signal<QoS>(1);
  protected readonly retain = signal(false);

  protected readonly levels: readonly { qos: QoS; words: string }[] = [
    { qos: 0, words: 'at most once' },
    { qos: 1, words: 'at least once' },
    { qos: 2, words: 'exactly once' },
  ];

  protected publish(event: Event): void {
    event.preventDefault();
    this.outbox.send({ topic: this.topic(), payload: this.payload(), qos: this.qos(), retain: this.retain() });
  }

  protected words({ state, qos }: Entry): string {
    if (state === 'acknowledged') return 'Acknowledged';
    if (state === 'refused') return 'Refused';
    if (state === 'queued') return 'Queued';
    return qos === 0 ? 'Sent' : 'Sent, not acknowledged yet';
  }
}

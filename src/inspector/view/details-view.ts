import { type Subscription, noop } from 'rxjs';
import { printableMessage } from '../../quoted.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import { describeEvent } from '../model/describe-event.js';
import { factsOf } from '../model/facts.js';
import type { Inspection } from '../model/inspection.js';
import { payloadOf } from '../model/payload.js';
import type { Viewer } from '../model/viewer.js';
import { element, setText } from './dom.js';
import { EventsView } from './events-view.js';
import { number, rate, size, time } from './format.js';
import type { Moment } from './marbles/marbles-view.js';
import { PayloadView } from './payload-view.js';

/** The last message of a topic, or the events of a moment with one of them. */
export class DetailsView {
  readonly #heading = element('h2');
  readonly #subtitle = element('span', { class: 'soft small' });
  readonly #header = element('header', {}, this.#heading, this.#subtitle);
  readonly #events = new EventsView();
  readonly #payload = new PayloadView();
  readonly #facts = element('dl', { class: 'facts' });
  readonly #body = element('div', { class: 'body' }, this.#facts);
  readonly #empty = element(
    'p',
    { class: 'empty' },
    'Choose a topic for its last message, or a moment of the last minute for its events.',
  );
  readonly element = element(
    'section',
    { class: 'card details', 'aria-label': 'Details' },
    this.#header,
    this.#events.element,
    this.#payload.element,
    this.#body,
    this.#empty,
  );
  readonly #viewer: Viewer;
  #topic: string | undefined;
  #moment: Moment | undefined;
  #shown: TraceEvent | undefined;

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  connect(): Subscription {
    const subscription = this.#events.connect();
    subscription.add(this.#payload.connect());
    subscription.add(this.#events.chosen$.subscribe({ next: event => this.#show(event), error: noop }));
    return subscription;
  }

  /** Shows the last message of a topic, from now on. */
  showTopic(topic: string): void {
    this.#topic = topic;
    this.#moment = undefined;
  }

  /** Shows the events of a moment, or the topic again. */
  showMoment(moment: Moment | undefined): void {
    this.#moment = moment;
    if (moment) this.#events.show(this.#viewer.store, moment, this.#viewer.inspection.startedAt);
  }

  clear(): void {
    this.#moment = undefined;
    this.#shown = undefined;
  }

  render(inspection: Inspection, now: number): void {
    const moment = this.#moment;
    const node = moment || this.#topic === undefined ? undefined : inspection.topics.find(this.#topic);
    const isEmpty = !moment && !node;
    this.#empty.hidden = !isEmpty;
    this.#header.hidden = isEmpty;
    this.#events.element.hidden = !moment;
    if (moment) {
      setText(this.#heading, `Events at ${time(moment.from, inspection.startedAt)}`);
      setText(this.#subtitle, this.#events.summary);
      this.#show(this.#events.chosen);
      return;
    }
    if (node) {
      setText(this.#heading, printableMessage(node.topic === '' ? '(empty level)' : node.topic));
      const { messages, bytes } = node;
      const all = `${number(messages)} ${messages === 1 ? 'message' : 'messages'}, ${size(bytes)}`;
      setText(this.#subtitle, `${all}, ${rate(node.rate.perSecond(now))} a second${node.isCut ? CUT : ''}`);
    }
    this.#show(node?.last);
  }

  #show(event: TraceEvent | undefined): void {
    this.#body.hidden = event === undefined;
    const hasPayload = event?.type === 'packet' && event.packet.payload !== undefined;
    this.#payload.element.hidden = !hasPayload;
    if (event === undefined || event === this.#shown) {
      this.#shown = event;
      return;
    }
    this.#shown = event;
    if (event.type === 'packet') this.#payload.show(payloadOf(event.packet));
    const topic = event.type === 'packet' && this.#moment ? event.packet.topic : undefined;
    const facts = [
      ['Event', describeEvent(event).name],
      ...(typeof topic === 'string' ? [['Topic', printableMessage(topic)] as const] : []),
      ['Time', time(event.at, this.#viewer.inspection.startedAt)],
      ...factsOf(event),
    ] as const;
    this.#facts.replaceChildren(
      ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
    );
  }
}

const CUT = '; the payload is not kept, because there are too many large ones';

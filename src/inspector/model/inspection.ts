import type { TraceEvent, TraceFigures, TracePacket, TraceState, TraceWarning } from '../../trace/trace-event.js';
import { Rate } from './rate.js';
import { SPAN, Timeline } from './timeline.js';
import { TopicTree } from './topic-tree.js';

const MOST_FIGURES = 180;
const MOST_WARNINGS = 50;

/** What a trace says up to a moment: the state of the client, its topics, its figures and the marks of the last minute. */
export class Inspection {
  /** The time of the last event, in ms since the start of the trace. */
  at = 0;
  /** ms since 1970. */
  startedAt: number | undefined;
  state: TraceState | undefined;
  /** The URL of the last state that had one. */
  url: string | undefined;
  hasEnded = false;
  readonly topics = new TopicTree();
  readonly timeline = new Timeline();
  /** The figures of the last minute, and the ones before them. */
  readonly figures: TraceFigures[] = [];
  readonly warnings: TraceWarning[] = [];
  readonly sent = new Rate();
  readonly received = new Rate();
  /** Counts up with each warning. */
  warningCount = 0;
  /** The topics for which topic aliases of received packets stand. */
  readonly #aliases = new Map<unknown, string>();

  apply(event: TraceEvent): void {
    this.at = Math.max(this.at, event.at);
    this.timeline.add(event);
    switch (event.type) {
      case 'trace':
        this.startedAt = event.startedAt;
        break;
      case 'state':
        this.state = event;
        this.url = event.url ?? this.url;
        this.#aliases.clear();
        break;
      case 'packet':
        this.#applyPacket(event);
        break;
      case 'figures':
        this.figures.push(event);
        while (this.figures.length > MOST_FIGURES || (this.figures[1]?.at ?? Infinity) < event.at - SPAN)
          this.figures.shift();
        break;
      case 'warning':
        this.warningCount++;
        this.warnings.push(event);
        if (this.warnings.length > MOST_WARNINGS) this.warnings.shift();
        break;
      case 'end':
        this.hasEnded = true;
        break;
      default:
    }
  }

  #applyPacket(event: TracePacket): void {
    const { packet, at, direction } = event;
    if (packet.cmd !== 'publish') return;
    this[direction].add(at);
    const topic = this.#topicOf(packet, direction);
    if (topic !== undefined) this.topics.add(event, topic);
  }

  #topicOf({ topic, properties }: TracePacket['packet'], direction: TracePacket['direction']): string | undefined {
    const alias = (properties as { topicAlias?: unknown } | undefined)?.topicAlias;
    if (typeof topic === 'string' && topic !== '') {
      // An alias is a number of two bytes, so there are at most 65,535 of them.
      if (typeof alias === 'number' && direction === 'received') this.#aliases.set(alias, topic);
      return topic;
    }
    return this.#aliases.get(alias);
  }
}

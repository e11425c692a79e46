import { type Subscription, Subject, animationFrames } from 'rxjs';
import { type InspectorOptions, mountInspector } from '../../src/inspector/index.js';
import type { TraceEvent } from '../../src/trace/trace-event.js';
import { greenhouse, publish, start } from '../support/trace-events.js';

/** What tests find in the page. */
export interface InspectorStage {
  mount(options?: InspectorOptions): void;
  unmount(): void;
  emit(...events: readonly TraceEvent[]): void;
  /** Emits the events of the greenhouse, all at once. */
  emitGreenhouse(): void;
  fail(message: string): void;
  complete(): void;
  /** Whether somebody is subscribed to the trace. */
  isSubscribed(): boolean;
  /** Emits messages of so many topics at an even rate for so many frames, and says how the page has coped. */
  load(topics: number, perSecond: number, ms: number): Promise<LoadReport>;
}

export interface LoadReport {
  readonly emitted: number;
  readonly frames: number;
  /** ms between two frames at most. */
  readonly longest: number;
}

let trace$ = new Subject<TraceEvent>();
let mounted: Subscription | undefined;

const stage: InspectorStage = {
  mount(options) {
    trace$ = new Subject();
    mounted = mountInspector(document.body, trace$, options);
  },
  unmount: () => mounted?.unsubscribe(),
  emit(...events) {
    for (const event of events) trace$.next(event);
  },
  emitGreenhouse() {
    for (const event of greenhouse()) trace$.next(event);
  },
  fail: message => trace$.error(new Error(message)),
  complete: () => trace$.complete(),
  isSubscribed: () => trace$.observed,

  load(topics, perSecond, ms) {
    trace$.next(start);
    return new Promise(resolve => {
      let emitted = 0;
      let frames = 0;
      let longest = 0;
      let last = 0;
      // The time of the load is that of the page, so events are emitted between its frames as a socket would.
      const subscription = animationFrames().subscribe(({ elapsed }) => {
        frames++;
        longest = Math.max(longest, elapsed - last);
        last = elapsed;
        for (; emitted < (elapsed / 1_000) * perSecond; emitted++) {
          const topic = (emitted * 7_919) % topics;
          trace$.next(
            publish(
              Math.floor(elapsed),
              `plant/${topic % 40}/line/${topic % 200}/sensor/${topic}`,
              `{"value":${emitted}}`,
            ),
          );
        }
        if (elapsed < ms) return;
        subscription.unsubscribe();
        resolve({ emitted, frames, longest });
      });
    });
  },
};

Object.assign(globalThis, { inspector: stage });
